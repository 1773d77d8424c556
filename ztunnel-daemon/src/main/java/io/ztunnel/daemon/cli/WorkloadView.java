package io.ztunnel.daemon.cli;

import java.util.Comparator;
import java.util.List;

/** Workloads with their addresses, nodes, waypoints and protocols. */
record WorkloadView(Filter filter) implements View {
    private static final Comparator<JsonObject> ORDER =
            Comparator.comparing((JsonObject w) -> w.text("namespace") + "." + w.text("name"))
                    .thenComparing(w -> w.text("node"));

    /** "" lets everything pass; case does not matter. */
    record Filter(String name, String namespace, String address, String node) {
        static final Filter NONE = new Filter("", "", "", "");

        boolean admits(JsonObject workload) {
            return View.admits(name, workload.text("name"))
                    && View.admits(namespace, workload.text("namespace"))
                    && View.admits(node, workload.text("node"))
                    && (address.isEmpty()
                            || workload.texts("workloadIps").stream()
                                    .anyMatch(address::equalsIgnoreCase));
        }
    }

    @Override
    public List<Section> sections() {
        return List.of(Section.WORKLOADS, Section.SERVICES);
    }

    @Override
    public List<Section> entrySections() {
        return List.of(Section.WORKLOADS);
    }

    /** In the order of the dump. */
    @Override
    public List<JsonObject> entries(Dump dump) {
        return dump.entries(Section.WORKLOADS).stream().filter(filter::admits).toList();
    }

    @Override
    public Table table(Dump dump) {
        WaypointNames waypoints = new WaypointNames(dump.entries(Section.SERVICES));
        Table table =
                new Table(1, "NAMESPACE", "POD NAME", "ADDRESS", "NODE", "WAYPOINT", "PROTOCOL");
        for (JsonObject workload : entries(dump).stream().sorted(ORDER).toList()) {
            String ips = String.join(",", workload.texts("workloadIps"));
            table.row(
                    workload.text("namespace"),
                    workload.text("name"),
                    ips.isEmpty() ? workload.text("hostname") : ips,
                    workload.text("node"),
                    waypoints.of(workload),
                    workload.text("protocol"));
        }
        return table;
    }
}
