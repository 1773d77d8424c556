package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.CounterFamily;
import io.ztunnel.daemon.telemetry.DerivedWorkload;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.routing.Baggage;
import io.ztunnel.routing.GatewayOrigin;
import io.ztunnel.routing.InboundDecision;
import io.ztunnel.routing.Route;
import io.ztunnel.routing.ServiceGuess;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/**
 * Opens the record of each kind of connection: what logs and metrics say of its two ends. Callable
 * from any thread.
 */
public final class Records {
    private final Telemetry telemetry;
    private final String network;
    private final boolean readBaggage;

    /**
     * @param network of this node
     * @param readBaggage whether what a peer says of its workload is believed where the mesh knows
     *     nothing
     */
    public Records(Telemetry telemetry, String network, boolean readBaggage) {
        this.telemetry = telemetry;
        this.network = network;
        this.readBaggage = readBaggage;
    }

    void socketOpened(Reporter reporter) {
        telemetry.openSockets(reporter).increment();
    }

    void socketClosed(Reporter reporter) {
        telemetry.openSockets(reporter).decrement();
    }

    /** A TLS handshake on a tunnel's connection has ended. */
    void handshake(Reporter reporter, boolean success) {
        telemetry.handshakes(reporter, success).increment();
    }

    void onDemandDns(Workload source, String hostname) {
        telemetry.onDemandDns(source, hostname);
    }

    /** A tunnel is cut for a certificate that is revoked now. */
    void revoked(Reporter reporter) {
        telemetry.crlRejections(reporter).increment();
    }

    void limitReached(Telemetry.PodLimit limit) {
        telemetry.limitReached(limit).increment();
    }

    CounterFamily.Counter acceptFailures(String listener) {
        return telemetry.acceptFailures(listener);
    }

    /** Refused before enough was known for a record. */
    void denied(Reporter reporter, HostPort source, HostPort destination, ConnectionError error) {
        telemetry.accessLog().denied(source, destination, reporter, error);
    }

    /** Outbound to an address that the mesh does not know. */
    ConnectionRecord passthrough(
            HostPort source, Workload own, HostPort destination, long startNanos) {
        return telemetry
                .connection(Reporter.SOURCE, source, destination)
                .startedAt(startNanos)
                .sourceWorkload(own)
                .open();
    }

    /** Outbound in plain text to a known workload. */
    ConnectionRecord directTcp(
            HostPort source,
            Workload own,
            Route.DirectTcp route,
            HostPort destination,
            long startNanos) {
        return telemetry
                .connection(Reporter.SOURCE, source, destination)
                .startedAt(startNanos)
                .sourceWorkload(own)
                .destinationWorkload(route.workload())
                .destinationService(route.service())
                .open();
    }

    /**
     * Outbound through a tunnel.
     *
     * @param authority what the CONNECT asks for
     */
    ConnectionRecord tunnelled(
            HostPort source,
            Workload own,
            Identity identity,
            Route.Hbone route,
            HostPort destination,
            HostPort authority,
            long startNanos) {
        return telemetry
                .connection(Reporter.SOURCE, source, destination)
                .startedAt(startNanos)
                .sourceWorkload(own)
                .sourceIdentity(identity)
                .destinationWorkload(route.workload())
                .destinationService(route.service())
                .hboneAddress(authority.toString())
                .mutualTls(true)
                .open();
    }

    /**
     * Outbound through the gateway of another network.
     *
     * @param destination the gateway's address
     * @param peer who answered behind the gateway; null when that failed. What it says of itself
     *     stands for the destination, unless it cannot be read
     */
    ConnectionRecord throughGateway(
            HostPort source,
            Workload own,
            Identity identity,
            Route.DoubleHbone route,
            HostPort destination,
            DoubleTunnel.@Nullable Peer peer,
            long startNanos) {
        ConnectionRecord.Builder record =
                telemetry
                        .connection(Reporter.SOURCE, source, destination)
                        .startedAt(startNanos)
                        .sourceWorkload(own)
                        .sourceIdentity(identity)
                        .destinationService(route.service())
                        .hboneAddress(route.authority())
                        .mutualTls(true);
        Baggage baggage = peer == null ? null : Baggage.parse(peer.baggage());
        if (peer == null || baggage == null) {
            record.destinationWorkload(route.gatewayWorkload());
        } else {
            record.derivedDestination(derived(baggage))
                    .destinationIdentity(Identity.parse(peer.identities().getFirst()));
        }
        return record.open();
    }

    /** Inbound in plain text. */
    ConnectionRecord plainInbound(
            MeshView view, Workload own, HostPort source, HostPort destination, long startNanos) {
        return telemetry
                .connection(Reporter.DESTINATION, source, destination)
                .startedAt(startNanos)
                .sourceWorkload(view.workloadByAddress(network, source.ip()))
                .destinationWorkload(own)
                .destinationService(
                        ServiceGuess.guess(
                                view, view.servicesOf(own), own, destination.port(), null))
                .open();
    }

    /**
     * Inbound through a tunnel.
     *
     * @param socket the address that the tunnel was accepted on
     * @param claimed the host name that the client says it meant
     */
    ConnectionRecord tunnelledInbound(
            MeshView view,
            Workload own,
            HostPort source,
            HostPort socket,
            @Nullable Identity peer,
            ConnectRequest request,
            InboundDecision.Accepted accepted,
            @Nullable String claimed,
            long startNanos) {
        // Behind a gateway of another network the peer's address is the gateway's.
        boolean foreign = GatewayOrigin.isForeign(request.network(), network);
        Baggage baggage = readBaggage ? Baggage.parse(request.baggage()) : null;
        return telemetry
                .connection(Reporter.DESTINATION, source, socket)
                .startedAt(startNanos)
                .sourceWorkload(foreign ? null : view.workloadByAddress(network, source.ip()))
                .derivedSource(baggage == null ? null : derived(baggage))
                .sourceIdentity(peer)
                .destinationWorkload(own)
                .destinationService(
                        ServiceGuess.guess(
                                view,
                                accepted.candidates(),
                                own,
                                accepted.policyDestination().port(),
                                claimed))
                .hboneAddress(accepted.authority().toString())
                .mutualTls(true)
                .open();
    }

    private static DerivedWorkload derived(Baggage baggage) {
        return new DerivedWorkload(
                baggage.workloadName(),
                baggage.serviceName(),
                baggage.revision(),
                baggage.namespace(),
                baggage.cluster(),
                baggage.region(),
                baggage.zone());
    }
}
