package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.policy.Attempted;
import io.ztunnel.sandbox.waypoint.policy.Client;
import io.ztunnel.sandbox.waypoint.policy.Verdict;
import io.ztunnel.sandbox.waypoint.request.RequestHead;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An accepted tunnel: who opened it, and for what. Confined to an event loop.
 *
 * @param client who opened it
 * @param address what it dialled
 * @param service what that was when the tunnel was opened
 */
record Dialled(Peer client, InetSocketAddress address, Destination service, Services with) {

    /**
     * The other end of a tunnel's connection.
     *
     * @param spiffeId its identity
     * @param address where it connects from: the client's pod
     */
    record Peer(String spiffeId, InetAddress address) {}

    /** What a waypoint's connections work with on their event loop. */
    record Services(
            Supplier<WaypointState> state, Dialler dialler, AccessLog log, Telemetry telemetry) {}

    /** Of this moment: a tunnel may outlive the endpoints that were there when it was opened. */
    List<Endpoint> endpoints(WaypointState now) {
        Destination current = now.destinations().find(address);
        return current == null ? List.of() : current.endpoints();
    }

    WaypointState state() {
        return with.state().get();
    }

    Dialler dialler() {
        return with.dialler();
    }

    /**
     * @param request empty for a connection that is not HTTP
     */
    Verdict check(WaypointState now, Optional<RequestHead> request) {
        Attempted attempted =
                new Attempted(Client.of(client.spiffeId()), client.address(), address, request);
        return now.policies()
                .check(
                        service.service(),
                        attempted,
                        why -> with.log().dryRun(client.spiffeId(), service.name(), why));
    }

    AccessLog.Path path(String upstream) {
        return new AccessLog.Path(client.spiffeId(), service.name(), upstream);
    }
}
