package io.ztunnel.sandbox.manifest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A changed copy of a {@link Tree} in the making; the original stays as it is. For one thread. */
public final class TreeEditor {
    private final Map<String, Object> root;

    TreeEditor(Map<String, Object> original) {
        root = new LinkedHashMap<>(original);
    }

    /** An empty tree. */
    public TreeEditor() {
        this(Map.of());
    }

    /**
     * Sets a field; mappings on the way are made, and replace anything there that is no mapping.
     *
     * @param value {@code String}, {@code Integer}, {@code Long}, {@code Boolean}, {@code Tree}, or
     *     a {@code List} or {@code Map} of these
     */
    public TreeEditor set(Object value, String... path) {
        parentOf(path).put(path[path.length - 1], plain(value));
        return this;
    }

    /** Sets a field unless it is there. */
    public TreeEditor setIfAbsent(Object value, String... path) {
        if (!new Tree(root).has(path)) {
            set(value, path);
        }
        return this;
    }

    public TreeEditor remove(String... path) {
        if (new Tree(root).has(path)) {
            parentOf(path).remove(path[path.length - 1]);
        }
        return this;
    }

    /** The fields as they are now. */
    public Tree view() {
        return new Tree(Collections.unmodifiableMap(root));
    }

    public Tree build() {
        return new Tree(frozen(root));
    }

    private Map<String, Object> parentOf(String... path) {
        Map<String, Object> parent = root;
        for (int i = 0; i < path.length - 1; i++) {
            Map<String, Object> child = new LinkedHashMap<>();
            if (parent.get(path[i]) instanceof Map<?, ?> existing) {
                existing.forEach((name, value) -> child.put((String) name, value));
            }
            parent.put(path[i], child);
            parent = child;
        }
        return parent;
    }

    private static Object plain(Object value) {
        return switch (value) {
            case Tree tree -> tree.fields();
            case Integer number -> number.longValue();
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((name, element) -> copy.put((String) name, plain(element)));
                yield copy;
            }
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                list.forEach(element -> copy.add(plain(element)));
                yield copy;
            }
            case String text -> text;
            case Long number -> number;
            case Double number -> number;
            case Boolean flag -> flag;
            default ->
                    throw new IllegalArgumentException(
                            "no manifest holds a " + value.getClass().getName());
        };
    }

    static Map<String, Object> frozen(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((name, value) -> copy.put((String) name, frozenValue(value)));
        return Collections.unmodifiableMap(copy);
    }

    private static Object frozenValue(Object value) {
        return switch (value) {
            case Map<?, ?> map -> frozen(map);
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                list.forEach(element -> copy.add(frozenValue(element)));
                yield Collections.unmodifiableList(copy);
            }
            default -> value;
        };
    }
}
