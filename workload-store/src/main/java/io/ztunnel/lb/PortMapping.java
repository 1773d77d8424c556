package io.ztunnel.lb;

import io.ztunnel.store.Endpoint;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;
import io.ztunnel.store.Workload.ApplicationTunnel;

/** Which port of an endpoint serves a port of its service. */
final class PortMapping {
    private PortMapping() {}

    /**
     * The endpoint's own mapping comes first, then the service's number, then, for waypoints alone,
     * an application tunnel that takes any port.
     *
     * @return 1-65535, or {@link PortMap#UNMAPPED} when the endpoint does not serve the port
     */
    static int target(
            Service service,
            Endpoint endpoint,
            Workload workload,
            int servicePort,
            Purpose purpose) {
        int ofService = service.ports().target(servicePort);
        ApplicationTunnel tunnel =
                purpose == Purpose.WAYPOINT ? workload.applicationTunnel() : null;
        if (ofService == PortMap.UNMAPPED && tunnel == null) {
            return PortMap.UNMAPPED;
        }
        // A target of 0 names a port, and names are resolved by the endpoint's mapping only.
        int ofEndpoint = endpoint.ports().target(servicePort);
        if (ofEndpoint > 0) {
            return ofEndpoint;
        }
        if (ofService > 0) {
            return ofService;
        }
        return tunnel != null && tunnel.port() > 0 ? servicePort : PortMap.UNMAPPED;
    }
}
