package io.ztunnel.xds;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A place in a YAML document that knows its line and its path, so that whatever is wrong with it
 * can be found. Bounded: deep nesting and aliases that multiply are refused.
 */
final class YamlNode {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 1000;
    private static final int MAX_VISITS = 20_000_000;

    private final Document document;
    private final String path;
    private final Node node;

    private static final class Document {
        private final String origin;
        private int visits;

        Document(String origin) {
            this.origin = origin;
        }
    }

    private YamlNode(Document document, String path, Node node) throws LocalConfigException {
        this.document = document;
        this.path = path;
        this.node = node;
        if (++document.visits > MAX_VISITS) {
            throw error("the document is too large once its aliases are followed");
        }
    }

    /** Null for an empty document. */
    static @Nullable YamlNode parse(String origin, String text, int maxCodePoints)
            throws LocalConfigException {
        LoadSettings settings =
                LoadSettings.builder()
                        .setLabel(origin)
                        .setCodePointLimit(maxCodePoints)
                        .setMaxAliasesForCollections(MAX_ALIASES)
                        .build();
        try {
            checkBounds(origin, new Parse(settings).parseString(text));
            Node root = new Compose(settings).composeString(text).orElse(null);
            return root == null || root.getTag().equals(Tag.NULL)
                    ? null
                    : new YamlNode(new Document(origin), "", root);
        } catch (YamlEngineException e) {
            throw new LocalConfigException(origin + " is not YAML: " + e.getMessage(), e);
        }
    }

    /** Before the tree is built, because building recurses. */
    private static void checkBounds(String origin, Iterable<Event> events)
            throws LocalConfigException {
        int depth = 0;
        int aliases = 0;
        for (Event event : events) {
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            } else if (event instanceof AliasEvent) {
                aliases++;
            }
            if (depth > MAX_DEPTH || aliases > MAX_ALIASES) {
                throw new LocalConfigException(
                        origin
                                + ": more than "
                                + (depth > MAX_DEPTH
                                        ? MAX_DEPTH + " levels"
                                        : MAX_ALIASES + " aliases"));
            }
        }
    }

    LocalConfigException error(String what) {
        String line = node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
        return new LocalConfigException(
                document.origin + line + ": " + (path.isEmpty() ? "" : path + ": ") + what);
    }

    /** The local tag without its exclamation mark, or "" if there is none. */
    String localTag() {
        String tag = node.getTag().getValue();
        return tag.startsWith("!") ? tag.substring(1) : "";
    }

    boolean isMap() {
        return node instanceof MappingNode;
    }

    List<YamlNode> list() throws LocalConfigException {
        if (!(node instanceof SequenceNode sequence)) {
            throw error("expected a list");
        }
        List<YamlNode> items = new ArrayList<>(sequence.getValue().size());
        for (Node item : sequence.getValue()) {
            items.add(new YamlNode(document, path + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** With no other keys than these; a key without a value is as good as absent. */
    Map<String, YamlNode> map(Set<String> allowed) throws LocalConfigException {
        Map<String, YamlNode> map = map();
        for (Map.Entry<String, YamlNode> entry : map.entrySet()) {
            if (!allowed.contains(entry.getKey())) {
                throw entry.getValue().error("unknown key, expected one of " + sorted(allowed));
            }
        }
        return map;
    }

    Map<String, YamlNode> map() throws LocalConfigException {
        if (!(node instanceof MappingNode mapping)) {
            throw error("expected a mapping");
        }
        Map<String, YamlNode> map = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw error("a key must be a plain value");
            }
            String name = key.getValue();
            YamlNode value =
                    new YamlNode(
                            document,
                            path.isEmpty() ? name : path + "." + name,
                            tuple.getValueNode());
            if (map.put(name, value) != null) {
                throw value.error("the key is there twice");
            }
        }
        return map;
    }

    boolean isNull() {
        return node.getTag().equals(Tag.NULL);
    }

    String text() throws LocalConfigException {
        if (!(node instanceof ScalarNode scalar) || isNull()) {
            throw error("expected a text");
        }
        return scalar.getValue();
    }

    boolean bool() throws LocalConfigException {
        return oneOf(Map.of("true", true, "false", false));
    }

    /** Between 0 and the maximum. */
    int number(int max) throws LocalConfigException {
        return number(text(), max);
    }

    int number(String text, int max) throws LocalConfigException {
        try {
            int value = Integer.parseInt(text);
            if (value >= 0 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw error("\"" + text + "\" is not a number");
        }
        throw error(text + " is not in 0-" + max);
    }

    <T> T oneOf(Map<String, T> choices) throws LocalConfigException {
        T choice = choices.get(text());
        if (choice == null) {
            throw error("\"" + text() + "\" is not one of " + sorted(choices.keySet()));
        }
        return choice;
    }

    private static String sorted(Set<String> words) {
        return String.join(", ", words.stream().sorted().toList());
    }
}
