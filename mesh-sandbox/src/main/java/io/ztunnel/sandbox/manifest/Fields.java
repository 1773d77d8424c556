package io.ztunnel.sandbox.manifest;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mapping of a document under examination: every look at a field reports what is wrong with it,
 * with its path and line, and goes on.
 */
final class Fields {
    /** Where findings go, and what they need to name a line. */
    record Report(String file, YamlDocument document, List<Problem> problems) {
        void error(String path, String reason) {
            problems.add(
                    new Problem(Problem.Severity.ERROR, file, document.line(path), path, reason));
        }
    }

    private final Tree tree;
    private final String path;
    private final Report report;

    Fields(Tree tree, String path, Report report) {
        this.tree = tree;
        this.path = path;
        this.report = report;
    }

    boolean has(String name) {
        return tree.has(name);
    }

    Tree tree() {
        return tree;
    }

    void error(String name, String reason) {
        report.error(pathOf(name), reason);
    }

    /** The mapping of that name; an empty one when it is absent or no mapping. */
    Fields object(String name) {
        expect(name, Map.class, "a mapping");
        return new Fields(tree.tree(name), pathOf(name), report);
    }

    Fields requiredObject(String name) {
        require(name);
        return object(name);
    }

    /** The mappings of a list. */
    List<Fields> objects(String name) {
        List<Fields> all = new ArrayList<>();
        List<Object> list = list(name);
        for (int i = 0; i < list.size(); i++) {
            String element = name + "[" + i + "]";
            if (list.get(i) instanceof Map<?, ?> map) {
                @SuppressWarnings("unchecked") // the composer makes string keys only
                Map<String, Object> fields = (Map<String, Object>) map;
                all.add(new Fields(new Tree(fields), pathOf(element), report));
            } else {
                error(element, "expected a mapping, not " + shown(list.get(i)));
            }
        }
        return all;
    }

    Optional<String> string(String name) {
        expect(name, String.class, "a string (quote it)");
        return tree.string(name);
    }

    Optional<String> requiredString(String name) {
        require(name);
        Optional<String> text = string(name);
        if (text.isPresent() && text.get().isEmpty()) {
            error(name, "must not be empty");
        }
        return text;
    }

    void oneOf(String name, String... allowed) {
        string(name)
                .filter(text -> !Arrays.asList(allowed).contains(text))
                .ifPresent(
                        text ->
                                error(
                                        name,
                                        "\""
                                                + text
                                                + "\" is not one of "
                                                + String.join(", ", allowed)));
    }

    Optional<Integer> integer(String name, int min, int max) {
        @Nullable Object value = tree.fields().get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Long number) || number < min || number > max) {
            error(name, "expected a whole number " + min + ".." + max + ", not " + shown(value));
            return Optional.empty();
        }
        return Optional.of(number.intValue());
    }

    void requiredInteger(String name, int min, int max) {
        require(name);
        integer(name, min, max);
    }

    void bool(String name) {
        expect(name, Boolean.class, "true or false");
    }

    /** A mapping with string values only, such as labels. */
    void stringMap(String name) {
        object(name)
                .tree
                .fields()
                .forEach(
                        (key, value) -> {
                            if (!(value instanceof String)) {
                                error(
                                        name + "." + key,
                                        "expected a string, not " + shown(value) + " (quote it)");
                            }
                        });
    }

    List<String> strings(String name) {
        List<Object> list = list(name);
        for (int i = 0; i < list.size(); i++) {
            if (!(list.get(i) instanceof String)) {
                error(
                        name + "[" + i + "]",
                        "expected a string, not " + shown(list.get(i)) + " (quote it)");
            }
        }
        return tree.strings(name);
    }

    List<Object> list(String name) {
        expect(name, List.class, "a list");
        return tree.list(name);
    }

    void require(String name) {
        if (!tree.has(name)) {
            error(name, "is missing");
        }
    }

    static String shown(Object value) {
        String text = value instanceof String ? "\"" + value + "\"" : value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    private void expect(String name, Class<?> type, String expected) {
        @Nullable Object value = tree.fields().get(name);
        if (value != null && !type.isInstance(value)) {
            error(name, "expected " + expected + ", not " + shown(value));
        }
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
