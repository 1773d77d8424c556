package io.ztunnel.sandbox.conformance.scenario;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of a YAML file that knows where it stands. Every look at it that finds something else
 * than was asked for is an error with file, line and field.
 */
public final class Item {
    private final String file;
    private final String field;
    private final @Nullable Node node;
    private final int line;

    private Item(String file, String field, @Nullable Node node, int line) {
        this.file = file;
        this.field = field;
        this.node = node;
        this.line = line;
    }

    /**
     * Reads a file of one document.
     *
     * @throws BadScenarioException when it is not YAML or empty
     */
    public static Item parse(String file, String text) {
        try {
            LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
            Node root =
                    new Compose(settings)
                            .composeString(text)
                            .orElseThrow(() -> new BadScenarioException(file, 1, "", "is empty"));
            return new Item(file, "", root, line(root));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new BadScenarioException(file, line, "", "not YAML: " + e.getProblem());
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    public String file() {
        return file;
    }

    public int line() {
        return line;
    }

    public boolean isMapping() {
        return node instanceof MappingNode;
    }

    public boolean isList() {
        return node instanceof SequenceNode;
    }

    public BadScenarioException error(String reason) {
        return new BadScenarioException(file, line, field, reason);
    }

    /** The text of a scalar, a number as it is written. */
    public String text() {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw error("expected a text or a number");
    }

    public int integer() {
        return Math.toIntExact(number(text(), Integer.MAX_VALUE));
    }

    private long number(String text, long max) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException notOne) {
            // Said below.
        }
        throw error("expected a whole number up to " + max + ", not '" + text + "'");
    }

    public boolean flag() {
        return switch (text()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw error("expected true or false, not '" + text() + "'");
        };
    }

    public List<Item> list() {
        if (!(node instanceof SequenceNode sequence)) {
            throw error("expected a list");
        }
        List<Item> items = new ArrayList<>();
        for (Node element : sequence.getValue()) {
            String name = field + "[" + items.size() + "]";
            items.add(new Item(file, name, element, line(element)));
        }
        return items;
    }

    /** The fields in order. */
    public Map<String, Item> fields() {
        if (!(node instanceof MappingNode mapping)) {
            throw error("expected a mapping");
        }
        Map<String, Item> fields = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw error("the name of a field must be a text");
            }
            String name = field.isEmpty() ? key.getValue() : field + "." + key.getValue();
            Item value = new Item(file, name, tuple.getValueNode(), line(key));
            if (fields.put(key.getValue(), value) != null) {
                throw value.error("is there twice");
            }
        }
        return fields;
    }

    /** As {@link #fields}, for a reader that must know them all. */
    public FieldReader reader() {
        return new FieldReader(this, fields());
    }

    /** A mapping of texts, empty when absent. */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        fields().forEach((name, value) -> texts.put(name, value.text()));
        return texts;
    }

    /** Every scalar below, for those who look for names in them. */
    List<String> scalars() {
        List<String> texts = new ArrayList<>();
        if (node != null) {
            collect(node, texts);
        }
        return texts;
    }

    private static void collect(Node node, List<String> texts) {
        switch (node) {
            case ScalarNode scalar -> texts.add(scalar.getValue());
            case SequenceNode sequence -> sequence.getValue().forEach(n -> collect(n, texts));
            case MappingNode mapping ->
                    mapping.getValue().forEach(tuple -> collect(tuple.getValueNode(), texts));
            default -> {}
        }
    }
}
