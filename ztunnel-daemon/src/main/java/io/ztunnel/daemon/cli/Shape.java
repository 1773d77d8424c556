package io.ztunnel.daemon.cli;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The kind of a value in a dump, read as istioctl reads it: keys match without regard to case,
 * unknown ones are passed over, an absent or null value is the zero of its kind, any other kind of
 * value is an error. What is read has the keys and the order that istioctl prints.
 */
sealed interface Shape {
    /** What stands for an absent value; null for a list, a map or a pointer that is not there. */
    @Nullable Object zero();

    /** Reads a value that is not null. */
    @Nullable Object value(JsonInput in) throws IOException;

    /** Whether the value is left out where the field says so. */
    default boolean isEmpty(@Nullable Object value) {
        return switch (value) {
            case null -> true;
            case String text -> text.isEmpty();
            case Number number -> number.longValue() == 0;
            case Boolean flag -> !flag;
            case List<?> items -> items.isEmpty();
            case JsonObject object -> object.size() == 0;
            default -> false;
        };
    }

    default @Nullable Object read(JsonInput in) throws IOException {
        return in.at(JsonToken.VALUE_NULL) ? zero() : value(in);
    }

    /** A string. */
    record Text() implements Shape {
        @Override
        public String zero() {
            return "";
        }

        @Override
        public String value(JsonInput in) throws IOException {
            if (!in.at(JsonToken.VALUE_STRING)) {
                throw in.unexpected("a string");
            }
            return in.text();
        }
    }

    /** A whole number. */
    record Whole(long min, long max) implements Shape {
        @Override
        public Long zero() {
            return 0L;
        }

        @Override
        public Long value(JsonInput in) throws IOException {
            Long number = in.whole();
            if (number == null || number < min || number > max) {
                throw in.unexpected("a whole number from " + min + " to " + max);
            }
            return number;
        }
    }

    /** A boolean. */
    record Flag() implements Shape {
        @Override
        public Boolean zero() {
            return false;
        }

        @Override
        public Boolean value(JsonInput in) throws IOException {
            if (in.at(JsonToken.VALUE_TRUE)) {
                return true;
            }
            if (in.at(JsonToken.VALUE_FALSE)) {
                return false;
            }
            throw in.unexpected("a boolean");
        }
    }

    /** Whatever is there; only its absence is empty. */
    record Any() implements Shape {
        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public @Nullable Object value(JsonInput in) throws IOException {
            return in.value();
        }

        @Override
        public boolean isEmpty(@Nullable Object value) {
            return value == null;
        }
    }

    /** {@code network/cidr} as one string; given as that or as an object with both. */
    record CidrVip() implements Shape {
        private static final Struct PARTS =
                Struct.of(Field.always("cidr", new Text()), Field.always("network", new Text()));

        @Override
        public String zero() {
            return "/";
        }

        @Override
        public String value(JsonInput in) throws IOException {
            if (in.at(JsonToken.START_OBJECT)) {
                JsonObject parts = PARTS.value(in);
                return parts.text("network") + "/" + parts.text("cidr");
            }
            if (!in.at(JsonToken.VALUE_STRING)) {
                throw in.unexpected("network/cidr or an object of these");
            }
            String text = in.text();
            if (text.indexOf('/') < 0) {
                throw in.unexpected("network/cidr");
            }
            return text;
        }
    }

    /** An array. */
    record ListOf(Shape item) implements Shape {
        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public List<@Nullable Object> value(JsonInput in) throws IOException {
            if (!in.at(JsonToken.START_ARRAY)) {
                throw in.unexpected("an array");
            }
            List<@Nullable Object> items = new ArrayList<>();
            while (in.nextItem()) {
                items.add(item.read(in));
            }
            return JsonInput.compact(items);
        }
    }

    /** An array, or an object of which only the values count, in the order of its keys. */
    record ListOrMap(Shape item) implements Shape {
        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public List<@Nullable Object> value(JsonInput in) throws IOException {
            if (!in.at(JsonToken.START_OBJECT)) {
                return new ListOf(item).value(in);
            }
            JsonObject map = new MapOf(item).value(in);
            List<@Nullable Object> items = new ArrayList<>();
            for (int i = 0; i < map.size(); i++) {
                items.add(map.value(i));
            }
            return items;
        }
    }

    /** An object with keys that are data; sorted by them. */
    record MapOf(Shape item) implements Shape {
        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public JsonObject value(JsonInput in) throws IOException {
            if (!in.at(JsonToken.START_OBJECT)) {
                throw in.unexpected("an object");
            }
            Map<String, @Nullable Object> entries = new TreeMap<>();
            for (String key = in.nextKey(); key != null; key = in.nextKey()) {
                entries.put(key, item.read(in));
            }
            if (entries.isEmpty()) {
                return JsonObject.EMPTY;
            }
            return new JsonObject(
                    in.keys(entries.keySet().toArray(String[]::new)), entries.values().toArray());
        }
    }

    /** A map of which the keys are ports. */
    record Ports() implements Shape {
        private static final int MAX = 65_535;
        private static final MapOf MAP = new MapOf(new Whole(0, MAX));

        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public JsonObject value(JsonInput in) throws IOException {
            JsonObject map = MAP.value(in);
            for (int i = 0; i < map.size(); i++) {
                if (!isPort(map.key(i))) {
                    throw in.unexpected("ports from 0 to " + MAX + " as keys");
                }
            }
            return map;
        }

        private static boolean isPort(String key) {
            return !key.isEmpty()
                    && key.length() <= 5
                    && key.chars().allMatch(c -> c >= '0' && c <= '9')
                    && Integer.parseInt(key) <= MAX;
        }
    }

    /** A value that may be null, which is not the same as its zero. */
    record Pointer(Shape target) implements Shape {
        @Override
        public @Nullable Object zero() {
            return null;
        }

        @Override
        public @Nullable Object value(JsonInput in) throws IOException {
            return target.value(in);
        }

        @Override
        public boolean isEmpty(@Nullable Object value) {
            return value == null;
        }
    }

    /** A field of a struct. */
    record Field(String name, Shape shape, boolean omittedIfEmpty) {
        static Field always(String name, Shape shape) {
            return new Field(name, shape, false);
        }

        static Field ifPresent(String name, Shape shape) {
            return new Field(name, shape, true);
        }
    }

    /** An object with fields that are known. */
    record Struct(List<Field> fields) implements Shape {
        static Struct of(Field... fields) {
            return new Struct(List.of(fields));
        }

        @Override
        public JsonObject zero() {
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = fields.get(i).shape().zero();
            }
            return withoutOmitted(values, null);
        }

        @Override
        public boolean isEmpty(@Nullable Object value) {
            return false;
        }

        @Override
        public JsonObject value(JsonInput in) throws IOException {
            if (!in.at(JsonToken.START_OBJECT)) {
                throw in.unexpected("an object");
            }
            Object[] values = new Object[fields.size()];
            boolean[] there = new boolean[fields.size()];
            for (String key = in.nextKey(); key != null; key = in.nextKey()) {
                int index = index(key);
                if (index < 0) {
                    in.skip();
                } else {
                    values[index] = fields.get(index).shape().read(in);
                    there[index] = true;
                }
            }
            for (int i = 0; i < values.length; i++) {
                if (!there[i]) {
                    values[i] = fields.get(i).shape().zero();
                }
            }
            return withoutOmitted(values, in);
        }

        private int index(String key) {
            for (int i = 0; i < fields.size(); i++) {
                if (fields.get(i).name().equals(key)) {
                    return i;
                }
            }
            for (int i = 0; i < fields.size(); i++) {
                if (fields.get(i).name().equalsIgnoreCase(key)) {
                    return i;
                }
            }
            return -1;
        }

        private JsonObject withoutOmitted(@Nullable Object[] all, @Nullable JsonInput in) {
            String[] keys = new String[all.length];
            Object[] values = new Object[all.length];
            int kept = 0;
            for (int i = 0; i < all.length; i++) {
                Field field = fields.get(i);
                if (!field.omittedIfEmpty() || !field.shape().isEmpty(all[i])) {
                    keys[kept] = field.name();
                    values[kept++] = all[i];
                }
            }
            String[] names = Arrays.copyOf(keys, kept);
            return new JsonObject(in == null ? names : in.keys(names), Arrays.copyOf(values, kept));
        }
    }
}
