package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;
import io.ztunnel.sandbox.waypoint.WaypointState;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Where a tunnel's connection arrives, with a filter chain for each destination; for LDS. */
final class MainListener {
    static final String TYPE = "envoy.config.listener.v3.Listener";
    static final String NAME = "main_internal";

    private static final int LAST_PORT = 65_536;

    private MainListener() {}

    /** Nobody may dial anything where nothing is served: Envoy has no listener without chains. */
    static List<Map<String, Object>> of(WaypointState state, String gateway) {
        return state.destinations().byAddress().isEmpty()
                ? List.of()
                : List.of(listener(state, gateway));
    }

    private static Map<String, Object> listener(WaypointState state, String gateway) {
        Map<Destination, List<InetSocketAddress>> dialled = dialled(state);
        FilterChains chains = new FilterChains(gateway, state);
        List<Map<String, Object>> all = new ArrayList<>();
        dialled.forEach((destination, addresses) -> all.addAll(chains.of(destination, addresses)));
        List<Map<String, Object>> filters = new ArrayList<>(List.of(originalDestination()));
        Set<Integer> detected =
                dialled.entrySet().stream()
                        .filter(entry -> entry.getKey().protocol() == Protocol.DETECT)
                        .map(entry -> entry.getValue().getFirst().getPort())
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!detected.isEmpty()) {
            filters.add(inspector(detected));
        }
        return Proto.of(
                "name",
                NAME,
                "internal_listener",
                Proto.of(),
                "traffic_direction",
                "INBOUND",
                "listener_filters",
                filters,
                // A server that speaks first: nobody sends anything until it is reached.
                "listener_filters_timeout",
                "1s",
                "continue_on_listener_filters_timeout",
                true,
                "filter_chains",
                all);
    }

    /** In an order of their own, so that the same state makes the same text. */
    private static Map<Destination, List<InetSocketAddress>> dialled(WaypointState state) {
        Map<Destination, List<InetSocketAddress>> dialled = new LinkedHashMap<>();
        state.destinations().byAddress().entrySet().stream()
                .sorted(Comparator.comparing(entry -> Addresses.text(entry.getKey())))
                .forEach(
                        entry ->
                                dialled.computeIfAbsent(entry.getValue(), _ -> new ArrayList<>())
                                        .add(entry.getKey()));
        return dialled;
    }

    /** Restores what was dialled, from what the outer listener or the cluster left. */
    static Map<String, Object> originalDestination() {
        return Proto.extension(
                "envoy.filters.listener.original_dst",
                "envoy.extensions.filters.listener.original_dst.v3.OriginalDst");
    }

    /** Waits for the first bytes, so only where a port's protocol is not known. */
    private static Map<String, Object> inspector(Set<Integer> ports) {
        Map<String, Object> filter =
                Proto.extension(
                        "envoy.filters.listener.http_inspector",
                        "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector");
        List<Map<String, Object>> others = new ArrayList<>();
        int from = 0;
        for (int port : ports) {
            addRange(others, from, port);
            from = port + 1;
        }
        addRange(others, from, LAST_PORT);
        filter.put(
                "filter_disabled",
                others.size() == 1
                        ? others.getFirst()
                        : Proto.of("or_match", Proto.of("rules", others)));
        return filter;
    }

    private static void addRange(List<Map<String, Object>> ranges, int start, int end) {
        if (start < end) {
            ranges.add(Proto.of("destination_port_range", Proto.of("start", start, "end", end)));
        }
    }
}
