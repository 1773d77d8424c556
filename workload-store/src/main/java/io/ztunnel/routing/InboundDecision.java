package io.ztunnel.routing;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Service;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What to do with a CONNECT from a peer. */
public sealed interface InboundDecision {

    /**
     * To be connected to the application, once policies agree.
     *
     * @param application where the application listens
     * @param loopback whether that is the pod's loopback, which no client address can be kept for
     * @param policyDestination what policies see: the pod's address and the port that is reached
     * @param proxied the destination to tell in a PROXY protocol header; null: no header
     * @param candidates services of which the client may have meant one
     */
    record Accepted(
            ConnectAuthority authority,
            HostPort application,
            boolean loopback,
            HostPort policyDestination,
            @Nullable HostPort proxied,
            List<Service> candidates)
            implements InboundDecision {}

    /**
     * @param detail the text for the access log
     */
    record Rejected(InboundError error, String detail) implements InboundDecision {
        /** The HTTP status that the peer is answered with. */
        public int status() {
            return error.status();
        }
    }
}
