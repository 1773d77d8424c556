package io.ztunnel.sandbox.waypoint;

import io.ztunnel.api.workload.AppProtocol;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What clients may dial through this waypoint: the addresses of the services and workloads that are
 * bound to it, and what is behind each. Immutable.
 */
public final class Destinations {
    static final Destinations NONE = new Destinations(Map.of(), Map.of());

    private final Map<InetSocketAddress, Destination> byAddress;
    private final Map<ServicePort, Destination> byService;

    /**
     * @param byAddress what may be dialled
     * @param byService what routes may lead to, whether it is bound to this waypoint or not
     */
    Destinations(
            Map<InetSocketAddress, Destination> byAddress,
            Map<ServicePort, Destination> byService) {
        this.byAddress = Map.copyOf(byAddress);
        this.byService = Map.copyOf(byService);
    }

    /**
     * @param name of the service or workload, for the log
     * @param service empty for a workload's own address
     */
    public record Destination(
            String name,
            Protocol protocol,
            Optional<ServicePort> service,
            List<Endpoint> endpoints) {}

    /** What is spoken on a port. */
    public enum Protocol {
        /** Endpoints speak HTTP/1.1. */
        HTTP1,
        /** Endpoints speak HTTP/2, and expect nothing else. */
        HTTP2,
        /** The first bytes tell, and endpoints speak what the client does. */
        DETECT,
        TCP;

        static Protocol of(AppProtocol protocol) {
            return switch (protocol) {
                case HTTP11 -> HTTP1;
                case HTTP2, GRPC -> HTTP2;
                case UNKNOWN -> DETECT;
                case TCP, TLS, UNRECOGNIZED -> TCP;
            };
        }
    }

    /**
     * @param tunnel whether the endpoint is reached over HBONE
     */
    public record Endpoint(InetSocketAddress address, boolean tunnel) {}

    @Nullable Destination find(InetSocketAddress dialled) {
        return byAddress.get(dialled);
    }

    /** What may be dialled. */
    public Map<InetSocketAddress, Destination> byAddress() {
        return byAddress;
    }

    public @Nullable Destination find(ServicePort service) {
        return byService.get(service);
    }

    /**
     * @param waypoint the host name of the waypoint's own service
     */
    static Destinations of(AmbientSnapshot snapshot, String waypoint) {
        return new DestinationIndex(snapshot, waypoint).build();
    }
}
