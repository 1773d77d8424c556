package io.ztunnel.daemon.cli;

import io.ztunnel.daemon.cli.Dump.Entry;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The tables of {@code istioctl ztunnel-config}, column for column, from a dump. */
final class DumpTables {
    private final Dump dump;

    DumpTables(Dump dump) {
        this.dump = dump;
    }

    /** Filters are compared without regard to case; null lets everything pass. */
    record WorkloadFilter(
            @Nullable String name,
            @Nullable String namespace,
            @Nullable String address,
            @Nullable String node) {
        boolean admits(Entry workload) {
            return matches(name, workload.text("name"))
                    && matches(namespace, workload.text("namespace"))
                    && matches(node, workload.text("node"))
                    && (address == null
                            || workload.texts("workloadIps").stream()
                                    .anyMatch(address::equalsIgnoreCase));
        }
    }

    String workloads(WorkloadFilter filter) {
        List<Entry> services = dump.list("services");
        List<Entry> rows = new ArrayList<>(dump.list("workloads"));
        rows.removeIf(Predicate.not(filter::admits));
        rows.sort(
                Comparator.comparing((Entry w) -> w.text("namespace") + "." + w.text("name"))
                        .thenComparing(w -> w.text("node")));
        Table table = new Table("NAMESPACE", "POD NAME", "ADDRESS", "NODE", "WAYPOINT", "PROTOCOL");
        for (Entry workload : rows) {
            List<String> ips = workload.texts("workloadIps");
            table.row(
                    workload.text("namespace"),
                    workload.text("name"),
                    ips.isEmpty() ? workload.text("hostname") : String.join(",", ips),
                    workload.text("node"),
                    waypointName(workload, services),
                    workload.text("protocol"));
        }
        return table.toString();
    }

    String services(@Nullable String namespace) {
        List<Entry> services = dump.list("services");
        Set<String> healthyUids = new HashSet<>();
        for (Entry workload : dump.list("workloads")) {
            if (workload.text("status").equals("Healthy")) {
                healthyUids.add(workload.text("uid"));
            }
        }
        List<Entry> rows = new ArrayList<>(services);
        rows.removeIf(service -> !matches(namespace, service.text("namespace")));
        rows.sort(
                Comparator.comparing((Entry s) -> s.text("namespace"))
                        .thenComparing(s -> s.text("name"))
                        .thenComparing(s -> s.text("hostname")));
        Table table =
                new Table("NAMESPACE", "SERVICE NAME", "SERVICE VIP", "WAYPOINT", "ENDPOINTS");
        for (Entry service : rows) {
            List<Entry> endpoints = service.list("endpoints");
            long healthy =
                    endpoints.stream()
                            .filter(e -> healthyUids.contains(e.text("workloadUid")))
                            .count();
            table.row(
                    service.text("namespace"),
                    service.text("name"),
                    String.join(
                            ",",
                            service.texts("vips").stream()
                                    .map(DumpTables::withoutNetwork)
                                    .toList()),
                    waypointName(service, services),
                    healthy + "/" + endpoints.size());
        }
        return table.toString();
    }

    /**
     * The name of the service that the waypoint reference points to: {@code None} without one,
     * {@code NA} when no such service is known.
     */
    private static String waypointName(Entry bound, List<Entry> services) {
        Entry waypoint = bound.object("waypoint");
        String destination = waypoint == null ? "" : waypoint.text("destination");
        if (destination.isEmpty()) {
            return "None";
        }
        return services.stream()
                .filter(
                        service ->
                                destination.equals(
                                                service.text("namespace")
                                                        + "/"
                                                        + service.text("hostname"))
                                        || service.texts("vips").contains(destination))
                .map(service -> service.text("name"))
                .findFirst()
                .orElse("NA");
    }

    private static String withoutNetwork(String vip) {
        return vip.substring(vip.indexOf('/') + 1);
    }

    private static boolean matches(@Nullable String wanted, String actual) {
        return wanted == null || wanted.equalsIgnoreCase(actual);
    }
}
