package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;

/** The process environment, read through {@link Knob}s. */
record Environment(Map<String, String> variables) {

    <T> T get(Knob<T> knob, T fallback) {
        String value = variables.get(knob.name());
        return value == null ? fallback : knob.parse(value);
    }

    <T> @Nullable T find(Knob<T> knob) {
        String value = variables.get(knob.name());
        return value == null ? null : knob.parse(value);
    }

    /** Null also for an empty text. */
    @Nullable String nonEmpty(Knob<String> knob) {
        String value = variables.get(knob.name());
        return value == null || value.isEmpty() ? null : value;
    }

    /** Only {@code true} is true; nothing is refused. */
    boolean isExactlyTrue(Knob<String> knob) {
        return "true".equals(variables.get(knob.name()));
    }

    /** Variables whose name starts with the prefix, by the rest of their name, in its order. */
    Map<String, String> withPrefix(String prefix) {
        Map<String, String> found = new TreeMap<>();
        variables.forEach(
                (name, value) -> {
                    if (name.startsWith(prefix) && name.length() > prefix.length()) {
                        found.put(name.substring(prefix.length()), value);
                    }
                });
        return found;
    }
}
