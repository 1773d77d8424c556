package io.ztunnel.routing;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.GatewayAddress.ByAddress;
import io.ztunnel.store.GatewayAddress.ByHostname;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/** Whether the local workload is the waypoint of a destination that a peer asks it for. */
final class WaypointAttachment {
    private final String network;

    WaypointAttachment(String network) {
        this.network = network;
    }

    /**
     * Only the destination's single waypoint counts; members of a canary split do not, as in the
     * reference ztunnel.
     */
    boolean isWaypointOf(MeshView view, Workload local, IpAddress podIp, IpAddress destination) {
        GatewayAddress waypoint = waypointAt(view, new NetworkAddress(network, destination));
        if (waypoint == null) {
            return false;
        }
        return switch (waypoint.destination()) {
            case ByAddress by -> {
                NetworkAddress address = by.address();
                Workload workload = view.workloadByAddress(address.network(), address.ip());
                yield workload != null
                        ? workload.hasAddress(podIp)
                        : hasEndpoint(
                                view,
                                view.serviceByVip(address.network(), address.ip(), null),
                                local);
            }
            case ByHostname by -> {
                Service service = view.service(by.name());
                if (service != null) {
                    yield hasEndpoint(view, service, local);
                }
                Workload workload = view.workloadByHostname(by.name());
                yield workload != null && workload.hasAddress(podIp);
            }
        };
    }

    private static @Nullable GatewayAddress waypointAt(MeshView view, NetworkAddress address) {
        Workload workload = view.workloadByAddress(address.network(), address.ip());
        if (workload != null) {
            return workload.waypoint();
        }
        Service service = view.serviceByVip(address.network(), address.ip(), null);
        return service == null ? null : service.waypoint();
    }

    private static boolean hasEndpoint(
            MeshView view, @Nullable Service service, Workload workload) {
        return service != null && view.endpoints(service.key()).containsKey(workload.uid());
    }
}
