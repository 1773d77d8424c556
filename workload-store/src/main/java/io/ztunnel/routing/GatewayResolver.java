package io.ztunnel.routing;

import io.ztunnel.lb.Purpose;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.Service;

/** The way into another network: a tunnel to its gateway and one inside it to the service. */
final class GatewayResolver {
    private final UpstreamFinder upstreams;

    GatewayResolver(UpstreamFinder upstreams) {
        this.upstreams = upstreams;
    }

    /**
     * @param upstream an endpoint or waypoint on another network; it names the gateway
     * @param addressed what the client dialled. The other network chooses the endpoint, so it is
     *     told the service and its port, not the endpoint found here
     */
    Route route(Lookup lookup, Upstream upstream, Service addressed) {
        GatewayAddress reference = upstream.workload().networkGateway();
        lookup.trace()
                .step(
                        "network-gateway",
                        () ->
                                upstream.workload().uid()
                                        + " is on network "
                                        + upstream.workload().network()
                                        + (reference == null
                                                ? ", which has no gateway"
                                                : ", behind " + reference.destination()));
        if (reference == null) {
            return Hops.noValidDestination(upstream.workload());
        }
        Upstream gateway = upstreams.byReference(lookup, reference, Purpose.STANDARD);
        if (gateway == null) {
            return new Route.Refused(
                    RoutingError.UNKNOWN_NETWORK_GATEWAY,
                    "unknown network gateway: network gateway "
                            + References.describeMissing(lookup, reference));
        }
        Route.Hop hop = Hops.to(gateway, gateway.port());
        if (hop == null) {
            return Hops.noValidDestination(gateway.workload());
        }
        return new Route.DoubleHbone(
                hop,
                addressed.hostname() + ":" + lookup.target().port(),
                gateway.identities(),
                upstream.serviceIdentities(),
                gateway.workload(),
                addressed);
    }
}
