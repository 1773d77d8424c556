package io.ztunnel.daemon.cli;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Services with their VIPs, waypoints and healthy endpoints.
 *
 * @param namespace "" for any
 */
record ServiceView(String namespace) implements View {
    private static final Comparator<JsonObject> ORDER =
            Comparator.comparing((JsonObject s) -> s.text("namespace"))
                    .thenComparing(s -> s.text("name"))
                    .thenComparing(s -> s.text("hostname"));

    @Override
    public List<Section> sections() {
        return List.of(Section.SERVICES, Section.WORKLOADS);
    }

    @Override
    public List<Section> entrySections() {
        return List.of(Section.SERVICES);
    }

    @Override
    public List<JsonObject> entries(Dump dump) {
        return dump.entries(Section.SERVICES).stream()
                .filter(service -> View.admits(namespace, service.text("namespace")))
                .sorted(ORDER)
                .toList();
    }

    @Override
    public Table table(Dump dump) {
        Map<String, String> status = new HashMap<>();
        for (JsonObject workload : dump.entries(Section.WORKLOADS)) {
            status.put(workload.text("uid"), workload.text("status"));
        }
        WaypointNames waypoints = new WaypointNames(dump.entries(Section.SERVICES));
        Table table =
                new Table(1, "NAMESPACE", "SERVICE NAME", "SERVICE VIP", "WAYPOINT", "ENDPOINTS");
        for (JsonObject service : entries(dump)) {
            table.row(
                    service.text("namespace"),
                    service.text("name"),
                    service.texts("vips").stream()
                            .map(ServiceView::withoutNetwork)
                            .collect(Collectors.joining(",")),
                    waypoints.of(service),
                    endpoints(service, status));
        }
        return table;
    }

    /** Healthy by what the workload says; the endpoint's own status is not asked. */
    private static String endpoints(JsonObject service, Map<String, String> status) {
        JsonObject endpoints = service.object("endpoints");
        if (endpoints == null) {
            return "0/0";
        }
        long healthy =
                endpoints.members().stream()
                        .filter(e -> "Healthy".equals(status.get(e.text("workloadUid"))))
                        .count();
        return healthy + "/" + endpoints.size();
    }

    /** Of {@code network/address}; "" if there is no slash. */
    static String withoutNetwork(String vip) {
        int slash = vip.indexOf('/');
        return slash < 0 ? "" : vip.substring(slash + 1);
    }
}
