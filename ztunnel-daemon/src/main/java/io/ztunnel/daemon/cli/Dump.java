package io.ztunnel.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A configuration dump, ours or the reference's. Reads leniently: a missing field is empty, an
 * unknown one ignored, a list may also be an object whose values count.
 */
final class Dump {
    private final Map<String, Object> root;

    private Dump(Map<String, Object> root) {
        this.root = root;
    }

    /**
     * @throws IOException when the text is not a JSON object
     */
    static Dump parse(String text) throws IOException {
        return new Dump(JSON.std.mapFrom(text));
    }

    /** The entries of a top-level list. */
    List<Entry> list(String key) {
        return entries(root.get(key));
    }

    private static List<Entry> entries(@Nullable Object value) {
        return switch (value) {
            case Collection<?> items -> items.stream().map(Entry::new).toList();
            case Map<?, ?> items -> items.values().stream().map(Entry::new).toList();
            case null, default -> List.of();
        };
    }

    /** One JSON object of the dump. */
    static final class Entry {
        private final Map<?, ?> fields;

        Entry(@Nullable Object value) {
            this.fields = value instanceof Map<?, ?> map ? map : Map.of();
        }

        /** "" if absent. */
        String text(String key) {
            return fields.get(key) instanceof String text ? text : "";
        }

        List<String> texts(String key) {
            return fields.get(key) instanceof Collection<?> items
                    ? items.stream().map(String::valueOf).toList()
                    : List.of();
        }

        List<Entry> list(String key) {
            return entries(fields.get(key));
        }

        /** Null if absent. */
        @Nullable Entry object(String key) {
            return fields.get(key) instanceof Map<?, ?> map ? new Entry(map) : null;
        }
    }
}
