package io.ztunnel.sandbox.cli;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The status of a running sandbox, read. */
record Mesh(Map<String, Object> status) {
    /** An entry of the status's nodes or pods. */
    record Entry(Map<?, ?> fields) {
        String text(String name) {
            Object value = fields.get(name);
            return value == null ? "" : value.toString();
        }

        boolean flag(String name) {
            return Boolean.TRUE.equals(fields.get(name));
        }

        String addresses() {
            return fields.get("addresses") instanceof List<?> list
                    ? String.join(",", list.stream().map(Object::toString).toList())
                    : "";
        }

        List<Entry> entries(String name) {
            return entriesOf(fields.get(name));
        }

        /** Of a condition. */
        private void unmet(String object, List<String> lines) {
            if ("False".equals(fields.get("status"))) {
                lines.add(
                        object
                                + ": "
                                + text("type")
                                + " is False, "
                                + text("reason")
                                + ": "
                                + text("message"));
            }
        }

        /** {@code POD.NAMESPACE}. */
        String podName() {
            return text("name") + "." + text("namespace");
        }
    }

    List<Entry> nodes() {
        return entries("nodes");
    }

    List<Entry> pods() {
        return entries("pods");
    }

    List<String> problems() {
        return status.get("problems") instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : List.of();
    }

    /** A line for each condition that is not as somebody wants it. */
    List<String> unmet() {
        List<String> lines = new ArrayList<>();
        for (Entry object : entries("objects")) {
            String name =
                    object.text("kind")
                            + "/"
                            + object.text("namespace")
                            + "/"
                            + object.text("name");
            object.entries("conditions").forEach(c -> c.unmet(name, lines));
            object.entries("parents").stream()
                    .flatMap(parent -> parent.entries("conditions").stream())
                    .forEach(c -> c.unmet(name, lines));
        }
        return lines;
    }

    String text(String name) {
        Object value = status.get(name);
        return value == null ? "" : value.toString();
    }

    Entry node(String name) throws IOException {
        return nodes().stream()
                .filter(node -> node.text("name").equals(name))
                .findFirst()
                .orElseThrow(() -> new IOException("no node is called '" + name + "'"));
    }

    /**
     * A pod by {@code POD} or {@code POD.NAMESPACE}, where the name may be that of its workload.
     *
     * @throws IOException when there is none, or several
     */
    Entry pod(String target) throws IOException {
        List<Entry> matching =
                pods().stream()
                        .filter(
                                pod ->
                                        pod.text("name").equals(target)
                                                || pod.podName().equals(target))
                        .toList();
        if (matching.isEmpty()) {
            matching = pods().stream().filter(pod -> begins(pod, target)).toList();
        }
        if (matching.size() == 1) {
            return matching.getFirst();
        }
        if (matching.isEmpty()) {
            throw new IOException(
                    "no pod is called '" + target + "'; ztunnel-sandbox status lists them");
        }
        throw new IOException(
                "'"
                        + target
                        + "' could be any of "
                        + String.join(", ", matching.stream().map(Entry::podName).toList()));
    }

    private static boolean begins(Entry pod, String target) {
        String namespace = "." + pod.text("namespace");
        String start =
                target.endsWith(namespace)
                        ? target.substring(0, target.length() - namespace.length())
                        : target;
        return !start.isEmpty() && pod.text("name").startsWith(start + "-");
    }

    private List<Entry> entries(String name) {
        return entriesOf(status.get(name));
    }

    private static List<Entry> entriesOf(@Nullable Object value) {
        List<Entry> entries = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> map) {
                    entries.add(new Entry(map));
                }
            }
        }
        return entries;
    }
}
