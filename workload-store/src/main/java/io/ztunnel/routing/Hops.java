package io.ztunnel.routing;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/** From a workload to the address that is dialled. */
final class Hops {
    private Hops() {}

    /**
     * Addresses win over a host name.
     *
     * @return null when the workload has neither
     */
    static Route.@Nullable Hop to(Upstream upstream, int port) {
        IpAddress ip = upstream.ip();
        if (ip != null) {
            return new Route.Hop.Address(new HostPort(ip, port));
        }
        String hostname = upstream.workload().hostname();
        return hostname.isEmpty() ? null : new Route.Hop.Hostname(hostname, port, upstream.like());
    }

    static Route.Refused noValidDestination(Workload workload) {
        return new Route.Refused(
                RoutingError.NO_VALID_DESTINATION,
                "no valid routing destination for workload: "
                        + workload.namespace()
                        + "/"
                        + workload.name());
    }
}
