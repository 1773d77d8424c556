package io.ztunnel.daemon.cli;

import java.util.Comparator;
import java.util.List;

/**
 * Open connections of the pods on the node.
 *
 * @param pod whose; the namespace as it is written, the name without regard to case
 * @param direction which rows the table has
 * @param raw addresses instead of names
 */
record ConnectionView(PodName pod, Direction direction, boolean raw) implements View {
    private static final Comparator<JsonObject> ORDER =
            Comparator.comparing((JsonObject state) -> info(state).text("namespace"))
                    .thenComparing(state -> info(state).text("name"));

    /** As seen from the pod. */
    enum Direction {
        INBOUND,
        OUTBOUND,
        BOTH
    }

    @Override
    public List<Section> sections() {
        return raw
                ? List.of(Section.PODS)
                : List.of(Section.PODS, Section.SERVICES, Section.WORKLOADS);
    }

    @Override
    public List<Section> entrySections() {
        return List.of(Section.PODS);
    }

    /** The pods whole: with the connections of both directions. */
    @Override
    public List<JsonObject> entries(Dump dump) {
        return dump.entries(Section.PODS).stream()
                .filter(state -> admits(info(state)))
                .sorted(ORDER)
                .toList();
    }

    private boolean admits(JsonObject info) {
        return View.admits(pod.name(), info.text("name"))
                && (pod.namespace().isEmpty() || pod.namespace().equals(info.text("namespace")));
    }

    @Override
    public Table table(Dump dump) {
        AddressNames names = raw ? AddressNames.NONE : AddressNames.of(dump);
        Table table =
                new Table(
                        1, "WORKLOAD", "DIRECTION", "LOCAL", "REMOTE", "REMOTE TARGET", "PROTOCOL");
        for (JsonObject state : entries(dump)) {
            String workload = info(state).text("name") + "." + info(state).text("namespace");
            if (direction != Direction.OUTBOUND) {
                for (JsonObject connection : connections(state, "inbound")) {
                    table.row(
                            workload,
                            "Inbound",
                            names.of(connection.text("actualDst")),
                            names.of(connection.text("src")),
                            connection.text("originalDst"),
                            connection.text("protocol"));
                }
            }
            if (direction != Direction.INBOUND) {
                for (JsonObject connection : connections(state, "outbound")) {
                    table.row(
                            workload,
                            "Outbound",
                            names.of(connection.text("src")),
                            names.of(connection.text("actualDst")),
                            names.of(connection.text("originalDst")),
                            connection.text("protocol"));
                }
            }
        }
        return table;
    }

    private static JsonObject info(JsonObject state) {
        JsonObject info = state.object("info");
        return info == null ? JsonObject.EMPTY : info;
    }

    private static List<JsonObject> connections(JsonObject state, String direction) {
        JsonObject connections = state.object("connections");
        return connections == null ? List.of() : connections.objects(direction);
    }
}
