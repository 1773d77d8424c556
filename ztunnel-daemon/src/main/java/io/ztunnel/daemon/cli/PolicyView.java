package io.ztunnel.daemon.cli;

import java.util.Comparator;
import java.util.List;

/**
 * Authorization policies with their actions and scopes.
 *
 * @param namespace "" for any
 */
record PolicyView(String namespace) implements View {
    private static final Comparator<JsonObject> ORDER =
            Comparator.comparing((JsonObject p) -> p.text("namespace"))
                    .thenComparing(p -> p.text("name"));

    @Override
    public List<Section> sections() {
        return entrySections();
    }

    @Override
    public List<Section> entrySections() {
        return List.of(Section.POLICIES);
    }

    @Override
    public List<JsonObject> entries(Dump dump) {
        return dump.entries(Section.POLICIES).stream()
                .filter(policy -> View.admits(namespace, policy.text("namespace")))
                .sorted(ORDER)
                .toList();
    }

    @Override
    public Table table(Dump dump) {
        Table table = new Table(1, "NAMESPACE", "POLICY NAME", "ACTION", "SCOPE");
        for (JsonObject policy : entries(dump)) {
            table.row(
                    policy.text("namespace"),
                    policy.text("name"),
                    policy.text("action"),
                    policy.text("scope"));
        }
        return table;
    }
}
