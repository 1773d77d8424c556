package io.ztunnel.sandbox.manifest;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns the parser's events into plain values, counting what it makes: depth, values, and values
 * that aliases repeat, so that a few lines of anchors cannot grow into gigabytes. Reads one
 * document.
 */
final class YamlComposer {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_VALUES = 100_000;
    private static final String CORE_TAGS = "tag:yaml.org,2002:";
    private static final ScalarResolver RESOLVER = new CoreScalarResolver(false);

    /** A value with its weight: how many values it consists of. A null value is YAML's null. */
    private record Counted(@Nullable Object value, int weight) {}

    private final Iterator<Event> events;
    private final int lineOffset;
    private final Map<Anchor, Counted> anchors = new HashMap<>();
    private final Map<String, Integer> lines = new HashMap<>();
    private int values;

    /**
     * @param events positioned after the start of the document
     * @param lineOffset lines of the file before the parsed text
     */
    YamlComposer(Iterator<Event> events, int lineOffset) {
        this.events = events;
        this.lineOffset = lineOffset;
    }

    /**
     * @return empty for a document that holds nothing
     * @throws BadYamlException when a limit is exceeded or the document is not what a manifest may
     *     be
     */
    Optional<YamlDocument> document() {
        Object value = read(events.next(), "", 0).value();
        return Optional.ofNullable(value).map(v -> new YamlDocument(v, lines));
    }

    private Counted read(Event event, String path, int depth) {
        int line = line(event);
        lines.putIfAbsent(path, line);
        if (depth > MAX_DEPTH) {
            throw new BadYamlException(line, "nested deeper than " + MAX_DEPTH + " levels");
        }
        if (event instanceof AliasEvent alias) {
            Counted known = anchors.get(alias.getAlias());
            if (known == null) {
                throw new BadYamlException(line, "alias *" + alias.getAlias() + " has no anchor");
            }
            count(known.weight(), line);
            return known;
        }
        int before = values;
        count(1, line);
        @Nullable Object value =
                switch (event.getEventId()) {
                    case Scalar -> scalar((ScalarEvent) event, line);
                    case SequenceStart -> sequence(path, depth);
                    case MappingStart -> mapping(path, depth);
                    default -> throw new BadYamlException(line, "unexpected " + event);
                };
        Counted counted = new Counted(value, values - before);
        ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, counted));
        return counted;
    }

    private void count(int more, int line) {
        values += more;
        if (values > MAX_VALUES) {
            throw new BadYamlException(
                    line,
                    "more than " + MAX_VALUES + " values, aliases counted as what they repeat");
        }
    }

    private List<Object> sequence(String path, int depth) {
        List<Object> list = new ArrayList<>();
        for (Event event = events.next();
                event.getEventId() != Event.ID.SequenceEnd;
                event = events.next()) {
            Object value = read(event, path + "[" + list.size() + "]", depth + 1).value();
            if (value != null) {
                list.add(value);
            }
        }
        return list;
    }

    private Map<String, Object> mapping(String path, int depth) {
        Map<String, Object> own = new LinkedHashMap<>();
        Map<String, Object> merged = new LinkedHashMap<>();
        Set<String> seen = new java.util.HashSet<>();
        for (Event event = events.next();
                event.getEventId() != Event.ID.MappingEnd;
                event = events.next()) {
            String key = key(event);
            if (!seen.add(key)) {
                throw new BadYamlException(line(event), "field " + key + " is there twice");
            }
            boolean merge = key.equals("<<") && ((ScalarEvent) event).isPlain();
            String fieldPath = path.isEmpty() ? key : path + "." + key;
            if (!merge) {
                lines.put(fieldPath, line(event));
            }
            Object value = read(events.next(), merge ? path : fieldPath, depth + 1).value();
            if (merge) {
                merge(merged, value, line(event));
            } else if (value != null) {
                own.put(key, value);
            }
        }
        merged.forEach(
                (key, value) -> {
                    if (!seen.contains(key)) {
                        own.put(key, value);
                    }
                });
        return own;
    }

    private static void merge(Map<String, Object> into, @Nullable Object value, int line) {
        if (value instanceof List<?> several) {
            several.forEach(one -> merge(into, one, line));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, v) -> into.putIfAbsent((String) key, v));
        } else {
            throw new BadYamlException(line, "<< merges mappings only");
        }
    }

    private String key(Event event) {
        if (!(event instanceof ScalarEvent scalar)) {
            throw new BadYamlException(line(event), "the name of a field must be a string");
        }
        count(1, line(event));
        return scalar.getValue();
    }

    private static @Nullable Object scalar(ScalarEvent event, int line) {
        String text = event.getValue();
        Tag tag =
                event.getTag()
                        .map(Tag::new)
                        .orElseGet(
                                () ->
                                        event.isPlain()
                                                ? RESOLVER.resolve(text, Boolean.TRUE)
                                                : Tag.STR);
        try {
            if (tag.equals(Tag.STR)) {
                return text;
            } else if (tag.equals(Tag.NULL)) {
                return null;
            } else if (tag.equals(Tag.BOOL)) {
                return Boolean.valueOf(text);
            } else if (tag.equals(Tag.INT)) {
                return integer(text);
            } else if (tag.equals(Tag.FLOAT)) {
                return Double.valueOf(text.replace(".inf", "Infinity").replace(".nan", "NaN"));
            }
        } catch (NumberFormatException e) {
            throw new BadYamlException(line, "number " + text + " is out of range");
        }
        throw new BadYamlException(
                line, "tag " + tag.getValue().replace(CORE_TAGS, "!!") + " is not allowed here");
    }

    private static Long integer(String text) {
        if (text.startsWith("0x")) {
            return Long.parseLong(text.substring(2), 16);
        }
        return text.startsWith("0o")
                ? Long.parseLong(text.substring(2), 8)
                : Long.parseLong(text.startsWith("+") ? text.substring(1) : text);
    }

    private int line(Event event) {
        return lineOffset + event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }
}
