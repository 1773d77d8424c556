package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.route.HeaderChanges;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What several filters together do to headers. Envoy removes before it adds, whatever the order is
 * in which they are written, so that the outcome for each header is found out first.
 */
final class HeaderEdits {
    private static final String HOST = "host";

    /**
     * @param replaces whether what the message has of it goes
     */
    private record Edit(String name, boolean replaces, List<String> values) {}

    private final Map<String, Edit> edits = new LinkedHashMap<>();

    HeaderEdits(List<HeaderChanges> inOrder) {
        for (HeaderChanges changes : inOrder) {
            changes.set().forEach(h -> put(h.name(), true, List.of(h.value())));
            changes.add().forEach(h -> add(h.name(), h.value()));
            changes.remove().forEach(name -> put(name, true, List.of()));
        }
    }

    private void put(String name, boolean replaces, List<String> values) {
        edits.put(name.toLowerCase(Locale.ROOT), new Edit(name, replaces, values));
    }

    private void add(String name, String value) {
        Edit before =
                edits.getOrDefault(name.toLowerCase(Locale.ROOT), new Edit(name, false, List.of()));
        List<String> values = new ArrayList<>(before.values());
        values.add(value);
        put(name, before.replaces(), List.copyOf(values));
    }

    /** The Host header is no header to Envoy. */
    Optional<String> host() {
        Edit host = edits.get(HOST);
        return host == null ? Optional.empty() : host.values().stream().findFirst();
    }

    /**
     * Writes the fields that say so.
     *
     * @param what {@code request} or {@code response}
     */
    void into(Map<String, Object> message, String what) {
        List<Map<String, Object>> added = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        edits.forEach(
                (key, edit) -> {
                    if (key.equals(HOST)) {
                        return;
                    }
                    if (edit.replaces() && edit.values().isEmpty()) {
                        removed.add(edit.name());
                    }
                    for (int i = 0; i < edit.values().size(); i++) {
                        boolean replaces = edit.replaces() && i == 0;
                        added.add(option(edit.name(), edit.values().get(i), replaces));
                    }
                });
        if (!added.isEmpty()) {
            message.put(what + "_headers_to_add", added);
        }
        if (!removed.isEmpty()) {
            message.put(what + "_headers_to_remove", removed);
        }
    }

    /** A value is a format, in which a percent sign means something. */
    private static Map<String, Object> option(String name, String value, boolean replaces) {
        return Proto.of(
                "header",
                Proto.of("key", name, "value", value.replace("%", "%%")),
                "append_action",
                replaces ? "OVERWRITE_IF_EXISTS_OR_ADD" : "APPEND_IF_EXISTS_OR_ADD",
                "keep_empty_value",
                true);
    }
}
