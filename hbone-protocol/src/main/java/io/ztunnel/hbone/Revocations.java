package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Knows which certificates their issuers have taken back. Asked in each handshake, and again for
 * tunnels that are open when the answer may have changed. Thread-safe, and quick: it is asked on
 * event loops.
 */
public interface Revocations {
    /** Nothing is revoked. */
    Revocations NONE = path -> null;

    /**
     * @param path from a peer's certificate to the root that it was verified with, both included
     * @return which of them is revoked, in words; null when none is known to be
     */
    @Nullable String revoked(List<X509Certificate> path);

    /**
     * A handshake is refused because of what {@link #revoked} said.
     *
     * @param byServer whether it is the client that is refused
     */
    default void onRefused(boolean byServer) {}
}
