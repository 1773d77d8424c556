package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;
import io.ztunnel.sandbox.waypoint.WaypointState;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where requests and connections can go: {@code envoy.config.cluster.v3.Cluster} for CDS. */
final class Clusters {
    static final String TYPE = "envoy.config.cluster.v3.Cluster";

    /** The listener that wraps a connection into HBONE again. */
    static final String ORIGINATE = "connect_originate";

    private static final String ORIGINAL_DST = "envoy.filters.listener.original_dst";
    private static final long NO_LIMIT = 4_294_967_295L;

    private Clusters() {}

    static String name(ServicePort service) {
        return "outbound|%d||%s".formatted(service.port(), service.hostname());
    }

    static String name(Destination destination) {
        return destination
                .service()
                .map(Clusters::name)
                .orElseGet(
                        () ->
                                "inbound|"
                                        + Addresses.text(
                                                destination.endpoints().getFirst().address()));
    }

    /** Those of all that may be dialled, and of all that routes lead to. */
    static List<Map<String, Object>> of(WaypointState state) {
        Map<String, Destination> named = new TreeMap<>();
        state.destinations().byAddress().values().forEach(d -> named.put(name(d), d));
        for (ServicePort service : Backends.of(state)) {
            Destination found = state.destinations().find(service);
            named.putIfAbsent(
                    name(service),
                    found != null
                            ? found
                            : new Destination(
                                    service.hostname(),
                                    Protocol.HTTP1,
                                    java.util.Optional.of(service),
                                    List.of()));
        }
        return named.values().stream().map(Clusters::cluster).toList();
    }

    private static Map<String, Object> cluster(Destination destination) {
        String name = name(destination);
        Map<String, Object> cluster =
                Proto.of(
                        "name",
                        name,
                        "type",
                        "STATIC",
                        "connect_timeout",
                        "5s",
                        "lb_policy",
                        "LEAST_REQUEST",
                        "circuit_breakers",
                        Proto.of("thresholds", List.of(thresholds())),
                        "load_assignment",
                        Proto.of(
                                "cluster_name",
                                name,
                                "endpoints",
                                List.of(
                                        Proto.of(
                                                "lb_endpoints",
                                                destination.endpoints().stream()
                                                        .map(Clusters::endpoint)
                                                        .toList()))),
                        "transport_socket",
                        internal(List.of(ORIGINAL_DST)));
        switch (destination.protocol()) {
            case HTTP2 ->
                    cluster.put(
                            "typed_extension_protocol_options",
                            options(
                                    Proto.of(
                                            "explicit_http_config",
                                            Proto.of("http2_protocol_options", Proto.of()))));
            case DETECT ->
                    cluster.put(
                            "typed_extension_protocol_options",
                            options(
                                    Proto.of(
                                            "use_downstream_protocol_config",
                                            Proto.of("http2_protocol_options", Proto.of()))));
            case HTTP1, TCP -> {}
        }
        return cluster;
    }

    private static Map<String, Object> thresholds() {
        return Proto.of(
                "max_connections",
                NO_LIMIT,
                "max_pending_requests",
                NO_LIMIT,
                "max_requests",
                NO_LIMIT,
                "max_retries",
                NO_LIMIT);
    }

    private static Map<String, Object> endpoint(Endpoint endpoint) {
        String address = Addresses.text(endpoint.address());
        if (!endpoint.tunnel()) {
            return Proto.of(
                    "endpoint",
                    Proto.of(
                            "address",
                            Addresses.socket(
                                    Addresses.host(endpoint.address().getAddress()),
                                    endpoint.address().getPort())));
        }
        return Proto.of(
                "endpoint",
                Proto.of("address", Addresses.internal(ORIGINATE, address)),
                "metadata",
                Proto.of("filter_metadata", Proto.of(ORIGINAL_DST, Proto.of("local", address))));
    }

    static Map<String, Object> options(Map<String, Object> options) {
        String type = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        return Proto.of(type, Proto.any(type, options));
    }

    /**
     * The socket to an internal listener; ordinary addresses it passes through.
     *
     * @param metadata of the endpoint that the listener may see
     */
    static Map<String, Object> internal(List<String> metadata) {
        return Proto.extension(
                "envoy.transport_sockets.internal_upstream",
                "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport",
                "passthrough_metadata",
                metadata.stream()
                        .map(name -> Proto.of("kind", Proto.of("host", Proto.of()), "name", name))
                        .toList(),
                "transport_socket",
                Proto.extension(
                        "envoy.transport_sockets.raw_buffer",
                        "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"));
    }
}
