package io.ztunnel.sandbox.conformance;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A way into a JSON tree: names joined by dots, each followed by any number of {@code [NUMBER]} or
 * {@code [FIELD=VALUE]}, which picks the first such element of a list.
 */
final class JsonPath {
    private static final Pattern STEP =
            Pattern.compile("([^.\\[\\]]+)((?:\\[[^\\]]*\\])*)(?:\\.|$)");
    private static final Pattern CHOICE = Pattern.compile("\\[([^\\]]*)\\]");

    private JsonPath() {}

    static Optional<Object> find(Object root, String path) {
        Optional<Object> at = Optional.of(root);
        Matcher steps = STEP.matcher(path);
        int end = 0;
        while (steps.find() && steps.start() == end) {
            end = steps.end();
            String name = steps.group(1);
            at = at.flatMap(value -> field(value, name));
            Matcher choices = CHOICE.matcher(steps.group(2));
            while (choices.find()) {
                String choice = choices.group(1);
                at = at.flatMap(value -> element(value, choice));
            }
        }
        if (end != path.length()) {
            throw new IllegalArgumentException("'" + path + "' is not a path into JSON");
        }
        return at;
    }

    private static Optional<Object> field(Object value, String name) {
        return value instanceof Map<?, ?> map
                ? Optional.ofNullable((Object) map.get(name))
                : Optional.empty();
    }

    private static Optional<Object> element(Object value, String choice) {
        if (!(value instanceof List<?> list)) {
            return Optional.empty();
        }
        int equals = choice.indexOf('=');
        if (equals < 0) {
            int index = Integer.parseInt(choice);
            return index < list.size() ? Optional.ofNullable(list.get(index)) : Optional.empty();
        }
        String name = choice.substring(0, equals);
        String wanted = choice.substring(equals + 1);
        for (Object element : list) {
            if (element instanceof Map<?, ?> map && wanted.equals(String.valueOf(map.get(name)))) {
                return Optional.of(element);
            }
        }
        return Optional.empty();
    }
}
