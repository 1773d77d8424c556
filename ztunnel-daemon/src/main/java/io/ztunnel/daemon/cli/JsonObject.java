package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/**
 * A JSON object as a dump has a hundred thousand of them: two arrays, of which objects with the
 * same keys share the first. A value is a String, a Number, a Boolean, a JsonObject, a List of such
 * values, or null. Immutable.
 */
final class JsonObject {
    static final JsonObject EMPTY = new JsonObject(new String[0], new Object[0]);

    private final String[] keys;
    private final @Nullable Object[] values;

    /** Keeps both arrays; a key is there once. */
    JsonObject(String[] keys, @Nullable Object[] values) {
        this.keys = keys;
        this.values = values;
    }

    int size() {
        return keys.length;
    }

    String key(int index) {
        return keys[index];
    }

    @Nullable Object value(int index) {
        return values[index];
    }

    /** Null also if absent. */
    @Nullable Object get(String key) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i].equals(key)) {
                return values[i];
            }
        }
        return null;
    }

    /** "" if absent. */
    String text(String key) {
        return get(key) instanceof String text ? text : "";
    }

    /** Empty if absent. */
    List<String> texts(String key) {
        return get(key) instanceof List<?> items
                ? items.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The objects of a list; empty if absent. */
    List<JsonObject> objects(String key) {
        return get(key) instanceof List<?> items ? only(items) : List.of();
    }

    /** Null if absent. */
    @Nullable JsonObject object(String key) {
        return get(key) instanceof JsonObject object ? object : null;
    }

    /** The values that are objects. */
    List<JsonObject> members() {
        return only(Arrays.asList(values));
    }

    static List<JsonObject> only(List<?> items) {
        return items.stream()
                .filter(JsonObject.class::isInstance)
                .map(JsonObject.class::cast)
                .toList();
    }
}
