package io.ztunnel.routing;

import io.ztunnel.lb.Purpose;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Service;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Decides where an outbound connection goes. A function of its arguments and of the random numbers
 * it is given; from any thread.
 *
 * <p>Traffic to a service passes the service's waypoint if it has one, and never that of the
 * endpoint behind it; traffic to a workload passes the workload's waypoint. The client's own
 * waypoint never matters, nor does whether both ends share a node.
 */
public final class Router {
    private final RoutingConfig config;
    private final UpstreamFinder upstreams;
    private final WaypointResolver waypoints;
    private final GatewayResolver gateways;

    /**
     * @param random asked once for each draw, on the thread that routes: {@code
     *     ThreadLocalRandom::current} fits
     */
    public Router(RoutingConfig config, Supplier<? extends RandomGenerator> random) {
        this.config = config;
        this.upstreams = new UpstreamFinder(random);
        this.waypoints = new WaypointResolver(upstreams, random);
        this.gateways = new GatewayResolver(upstreams);
    }

    /**
     * @param source the workload of the pod that dialled
     * @param downstream the address it dialled from
     * @param target what it dialled
     */
    public Route route(
            MeshView view, Workload source, IpAddress downstream, HostPort target, Trace trace) {
        Route route = decide(new Lookup(view, source, target, trace), downstream);
        trace.step("route", () -> DecisionText.of(route));
        return route;
    }

    private Route decide(Lookup lookup, IpAddress downstream) {
        HostPort target = lookup.target();
        if (target.ip().isLoopback() && config.ownPorts().contains(target.port())) {
            return new Route.Refused(
                    RoutingError.SELF_CALL, "attempted recursive call to ourselves");
        }
        Service addressed = addressedService(lookup);
        if (addressed != null) {
            GatewayAddress waypoint = waypoints.of(addressed);
            explainServiceWaypoint(lookup.trace(), addressed, waypoint);
            if (waypoint != null) {
                return throughServiceWaypoint(lookup, addressed, waypoint);
            }
        }
        Upstream upstream =
                upstreams.byAddress(lookup, lookup.source().network(), target, Purpose.STANDARD);
        if (upstream == null) {
            return withoutUpstream(target, addressed);
        }
        if (!upstream.workload().network().equals(lookup.source().network())) {
            return addressed == null
                    ? new Route.Refused(
                            RoutingError.NO_SERVICE, "no service for target address: " + target)
                    : gateways.route(lookup, upstream, addressed);
        }
        GatewayAddress waypoint = upstream.workload().waypoint();
        if (waypoint != null && mustPass(lookup, waypoint, downstream, addressed)) {
            return switch (waypoints.resolve(lookup, waypoint)) {
                case Upstream via -> throughWaypoint(via, target, upstream.service());
                case Resolved.Failed failed -> failed.refused();
            };
        }
        return direct(upstream);
    }

    /** The service that was dialled, unless a workload owns the address. */
    private @Nullable Service addressedService(Lookup lookup) {
        IpAddress ip = lookup.target().ip();
        if (lookup.view().workloadByAddress(config.network(), ip) != null) {
            return null;
        }
        return lookup.view().serviceByVip(config.network(), ip, lookup.source().namespace());
    }

    private static void explainServiceWaypoint(
            Trace trace, Service service, @Nullable GatewayAddress waypoint) {
        trace.step(
                "service-waypoint",
                () ->
                        service.key()
                                + (waypoint == null
                                        ? " has no waypoint"
                                        : " asks for " + waypoint.destination()));
    }

    private Route throughServiceWaypoint(
            Lookup lookup, Service addressed, GatewayAddress waypoint) {
        return switch (waypoints.resolve(lookup, waypoint)) {
            case Resolved.Failed failed -> failed.refused();
            case Upstream via ->
                    via.workload().network().equals(lookup.source().network())
                            ? throughWaypoint(via, lookup.target(), addressed)
                            : gateways.route(lookup, via, addressed);
        };
    }

    /** The waypoint is told what the client dialled, untranslated. */
    private static Route throughWaypoint(
            Upstream waypoint, HostPort target, @Nullable Service service) {
        Route.Hop hop = Hops.to(waypoint, waypoint.port());
        return hop == null
                ? Hops.noValidDestination(waypoint.workload())
                : new Route.Hbone(
                        hop,
                        new Route.Authority(target.ip(), target.port()),
                        waypoint.identities(),
                        waypoint.workload(),
                        service);
    }

    /**
     * A known service without an endpoint is an error; anything unknown is none of our business.
     */
    private static Route withoutUpstream(HostPort target, @Nullable Service addressed) {
        return addressed == null || UpstreamFinder.isPassthrough(addressed)
                ? new Route.Passthrough(target)
                : new Route.Refused(
                        RoutingError.NO_HEALTHY_UPSTREAM, "no healthy upstream: " + target);
    }

    private static boolean mustPass(
            Lookup lookup,
            GatewayAddress waypoint,
            IpAddress downstream,
            @Nullable Service addressed) {
        boolean client =
                addressed == null
                        && WaypointResolver.guards(
                                lookup.view(), lookup.source(), downstream, waypoint);
        boolean pass = addressed == null && !client;
        lookup.trace()
                .step(
                        "workload-waypoint",
                        () ->
                                waypoint.destination()
                                        + (pass
                                                ? " is asked for"
                                                : client
                                                        ? " is not used: the client is that"
                                                                + " waypoint"
                                                        : " is not used: a service was addressed"));
        return pass;
    }

    private Route direct(Upstream upstream) {
        Workload workload = upstream.workload();
        boolean tunnelled = workload.protocol() == Workload.Protocol.HBONE;
        Route.Hop hop = Hops.to(upstream, tunnelled ? config.hbonePort() : upstream.port());
        if (hop == null) {
            return Hops.noValidDestination(workload);
        }
        return tunnelled
                ? new Route.Hbone(
                        hop,
                        new Route.Authority(upstream.ip(), upstream.port()),
                        upstream.identities(),
                        workload,
                        upstream.service())
                : new Route.DirectTcp(hop, workload, upstream.service());
    }
}
