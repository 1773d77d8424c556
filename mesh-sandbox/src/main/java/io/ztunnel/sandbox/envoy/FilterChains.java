package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.WaypointState;
import io.ztunnel.sandbox.waypoint.policy.Policy;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What happens to a connection for one destination, found by the address that its client dialled.
 *
 * @param gateway {@code namespace/name}, for the log
 */
record FilterChains(String gateway, WaypointState state) {
    /**
     * @param dialled the addresses of the destination, with one port
     */
    List<Map<String, Object>> of(Destination destination, List<InetSocketAddress> dialled) {
        List<Policy> policies = state.policies().policies(destination.service());
        String name = Clusters.name(destination);
        return switch (destination.protocol()) {
            case HTTP1, HTTP2 -> List.of(chain(name, match(dialled), http(destination, policies)));
            case TCP -> List.of(chain(name, match(dialled), tcp(destination, policies)));
            case DETECT -> {
                Map<String, Object> http = match(dialled);
                http.put("application_protocols", List.of("http/1.0", "http/1.1", "h2c"));
                yield List.of(
                        chain(name + "|http", http, http(destination, policies)),
                        chain(name + "|tcp", match(dialled), tcp(destination, policies)));
            }
        };
    }

    private static Map<String, Object> chain(
            String name, Map<String, Object> match, List<Map<String, Object>> filters) {
        return Proto.of("name", name, "filter_chain_match", match, "filters", filters);
    }

    private static Map<String, Object> match(List<InetSocketAddress> dialled) {
        return Proto.of(
                "destination_port",
                dialled.getFirst().getPort(),
                "prefix_ranges",
                dialled.stream().map(address -> Addresses.block(address.getAddress())).toList());
    }

    private List<Map<String, Object>> http(Destination destination, List<Policy> policies) {
        List<Map<String, Object>> filters = new ArrayList<>(Rbac.http(policies));
        filters.add(HttpManagers.router());
        return List.of(
                HttpManagers.of(
                        Proto.of(
                                "stat_prefix",
                                destination.name(),
                                "codec_type",
                                "AUTO",
                                "use_remote_address",
                                false,
                                "skip_xff_append",
                                true,
                                "normalize_path",
                                true,
                                "stream_idle_timeout",
                                "0s",
                                "server_header_transformation",
                                "PASS_THROUGH",
                                "http_protocol_options",
                                Proto.of("accept_http_10", true),
                                "upgrade_configs",
                                List.of(Proto.of("upgrade_type", "websocket")),
                                "access_log",
                                List.of(new AccessLogs(gateway).requests(destination.name())),
                                "route_config",
                                RouteConfig.of(destination, state.routes()),
                                "http_filters",
                                filters)));
    }

    private List<Map<String, Object>> tcp(Destination destination, List<Policy> policies) {
        List<Map<String, Object>> filters = new ArrayList<>(Rbac.network(policies));
        filters.add(
                Proto.extension(
                        "envoy.filters.network.tcp_proxy",
                        "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                        "stat_prefix",
                        destination.name(),
                        "cluster",
                        Clusters.name(destination),
                        "idle_timeout",
                        "0s",
                        "access_log",
                        List.of(new AccessLogs(gateway).connections(destination.name()))));
        return filters;
    }
}
