package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A CONNECT as it travels on the wire.
 *
 * @param authority {@code ip:port} (IPv6 bracketed) or {@code host:port}
 * @param baggage values of all baggage header lines in order; one line when sending
 * @param forwarded the first forwarded header
 * @param traceparent as received or to be sent, not validated
 * @param network the x-forwarded-network header; sent on inner tunnels only
 */
public record ConnectRequest(
        String authority,
        List<String> baggage,
        @Nullable String forwarded,
        @Nullable String traceparent,
        @Nullable String network) {}
