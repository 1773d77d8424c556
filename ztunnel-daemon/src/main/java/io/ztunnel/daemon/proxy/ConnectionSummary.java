package io.ztunnel.daemon.proxy;

import org.jspecify.annotations.Nullable;

/**
 * One open connection as dumps show it; addresses are {@code ip:port}.
 *
 * @param originalDestination inbound: the host name that the client said it meant, null if none;
 *     outbound: what the application dialled
 * @param protocol TCP, HBONE or DOUBLEHBONE
 */
public record ConnectionSummary(
        String source,
        @Nullable String originalDestination,
        String actualDestination,
        String protocol) {}
