package io.ztunnel.routing;

import io.ztunnel.lb.Purpose;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.GatewayAddress.ByAddress;
import io.ztunnel.store.GatewayAddress.ByHostname;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.WeightedWaypoint;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Which waypoint a destination asks for, and which of its endpoints to use. */
final class WaypointResolver {
    private final UpstreamFinder upstreams;
    private final Supplier<? extends RandomGenerator> random;

    WaypointResolver(UpstreamFinder upstreams, Supplier<? extends RandomGenerator> random) {
        this.upstreams = upstreams;
        this.random = random;
    }

    /** A canary split draws anew for every connection; without any weight it is no split. */
    @Nullable GatewayAddress of(Service service) {
        long total = 0;
        for (WeightedWaypoint waypoint : service.weightedWaypoints()) {
            total += Integer.toUnsignedLong(waypoint.weight());
        }
        if (total == 0) {
            return service.waypoint();
        }
        long drawn = random.get().nextLong(total);
        for (WeightedWaypoint waypoint : service.weightedWaypoints()) {
            drawn -= Integer.toUnsignedLong(waypoint.weight());
            if (drawn < 0) {
                return waypoint.destination();
            }
        }
        throw new IllegalStateException("a draw below the total always falls on an entry");
    }

    /** There is no going around a waypoint: one that cannot be found fails the connection. */
    Resolved resolve(Lookup lookup, GatewayAddress reference) {
        Upstream waypoint = upstreams.byReference(lookup, reference, Purpose.WAYPOINT);
        if (waypoint != null) {
            return waypoint;
        }
        return Resolved.failed(
                RoutingError.UNKNOWN_WAYPOINT,
                "unknown waypoint: waypoint " + References.describeMissing(lookup, reference));
    }

    /**
     * Whether the client is the very waypoint that guards the workload: same identity and, because
     * identities are shared, also one of its addresses.
     */
    static boolean guards(
            MeshView view, Workload source, IpAddress downstream, GatewayAddress waypoint) {
        Service service = null;
        Workload workload = null;
        switch (waypoint.destination()) {
            case ByAddress by -> {
                NetworkAddress address = by.address();
                workload = view.workloadByAddress(address.network(), address.ip());
                if (workload == null) {
                    service = view.serviceByVip(address.network(), address.ip(), null);
                }
            }
            case ByHostname by -> {
                service = view.service(by.name());
                if (service == null) {
                    workload = view.workloadByHostname(by.name());
                }
            }
        }
        Identity identity = source.identity();
        if (workload != null) {
            return isAt(workload, identity, downstream);
        }
        if (service == null) {
            return false;
        }
        for (Endpoint endpoint : view.endpoints(service.key()).values()) {
            Workload member = view.workload(endpoint.workloadUid());
            if (member != null && isAt(member, identity, downstream)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAt(Workload workload, Identity identity, IpAddress ip) {
        return workload.hasAddress(ip) && workload.identity().equals(identity);
    }
}
