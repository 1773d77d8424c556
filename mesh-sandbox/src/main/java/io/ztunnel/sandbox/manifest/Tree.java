package io.ztunnel.sandbox.manifest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A read-only view of one mapping of a manifest. Values are {@code String}, {@code Long}, {@code
 * Double}, {@code Boolean}, {@code List<Object>} and {@code Map<String, Object>}, never null. A
 * field of another type than asked for counts as absent: wrong types are reported where files are
 * read, and nobody after that throws over them.
 *
 * @param fields in the order of the manifest, unmodifiable at every depth
 */
public record Tree(Map<String, Object> fields) {
    public static final Tree EMPTY = new Tree(Map.of());

    public Optional<Object> get(String... path) {
        Object value = fields;
        for (String name : path) {
            if (!(value instanceof Map<?, ?> map)) {
                return Optional.empty();
            }
            Object next = map.get(name);
            if (next == null) {
                return Optional.empty();
            }
            value = next;
        }
        return Optional.of(value);
    }

    public boolean has(String... path) {
        return get(path).isPresent();
    }

    public Optional<String> string(String... path) {
        return get(path).filter(String.class::isInstance).map(String.class::cast);
    }

    /** The text, or "" when absent. */
    public String text(String... path) {
        return string(path).orElse("");
    }

    public Optional<Integer> integer(String... path) {
        return get(path)
                .filter(v -> v instanceof Long l && l == l.intValue())
                .map(v -> ((Long) v).intValue());
    }

    /** False when absent. */
    public boolean flag(String... path) {
        return get(path).filter(Boolean.TRUE::equals).isPresent();
    }

    /** Empty when absent. */
    public Tree tree(String... path) {
        return get(path).flatMap(Tree::of).orElse(EMPTY);
    }

    public List<Object> list(String... path) {
        return get(path)
                .filter(List.class::isInstance)
                .map(v -> Collections.<Object>unmodifiableList((List<?>) v))
                .orElse(List.of());
    }

    /** The elements that are mappings. */
    public List<Tree> trees(String... path) {
        return list(path).stream().flatMap(v -> of(v).stream()).toList();
    }

    /** The elements that are strings. */
    public List<String> strings(String... path) {
        return list(path).stream()
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
    }

    /** The entries whose value is a string. */
    public Map<String, String> stringMap(String... path) {
        Map<String, String> strings = new LinkedHashMap<>();
        tree(path)
                .fields
                .forEach(
                        (name, value) -> {
                            if (value instanceof String text) {
                                strings.put(name, text);
                            }
                        });
        return Collections.unmodifiableMap(strings);
    }

    /** Starts a changed copy. */
    public TreeEditor edit() {
        return new TreeEditor(fields);
    }

    private static Optional<Tree> of(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return Optional.empty();
        }
        @SuppressWarnings("unchecked") // only readers of this package make values, with string keys
        Map<String, Object> fields = (Map<String, Object>) map;
        return Optional.of(new Tree(fields));
    }
}
