package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;

/**
 * An accepted tunnel: who opened it, and for what. Confined to an event loop.
 *
 * @param peer the client's identity
 * @param address what it dialled
 * @param service what that was when the tunnel was opened
 * @param destinations what it is now
 */
record Dialled(
        String peer,
        InetSocketAddress address,
        Destination service,
        Supplier<Destinations> destinations,
        Dialler dialler,
        AccessLog log) {

    /** Of this moment: a tunnel may outlive the endpoints that were there when it was opened. */
    List<Endpoint> endpoints() {
        Destination now = destinations.get().find(address);
        return now == null ? List.of() : now.endpoints();
    }

    AccessLog.Path path(String upstream) {
        return new AccessLog.Path(peer, service.name(), upstream);
    }
}
