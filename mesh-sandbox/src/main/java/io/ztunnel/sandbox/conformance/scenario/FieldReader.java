package io.ztunnel.sandbox.conformance.scenario;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes the fields of one mapping; {@link #end} complains about those that nobody has asked for.
 */
public final class FieldReader {
    private final Item item;
    private final Map<String, Item> left;
    private final Set<String> known = new LinkedHashSet<>();

    FieldReader(Item item, Map<String, Item> fields) {
        this.item = item;
        this.left = new HashMap<>(fields);
    }

    public Optional<Item> item(String name) {
        known.add(name);
        return Optional.ofNullable(left.remove(name));
    }

    public Item required(String name) {
        return item(name).orElseThrow(() -> item.error("field " + name + " is missing"));
    }

    public String text(String name) {
        return required(name).text();
    }

    public String text(String name, String otherwise) {
        return item(name).map(Item::text).orElse(otherwise);
    }

    public int integer(String name, int otherwise) {
        return item(name).map(Item::integer).orElse(otherwise);
    }

    public boolean flag(String name, boolean otherwise) {
        return item(name).map(Item::flag).orElse(otherwise);
    }

    public List<Item> list(String name) {
        return item(name).map(Item::list).orElse(List.of());
    }

    public List<String> strings(String name) {
        return list(name).stream().map(Item::text).toList();
    }

    public Map<String, String> texts(String name) {
        return item(name).map(Item::texts).orElse(Map.of());
    }

    public <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) {
        return item(name).map(value -> choice(value, type)).orElse(otherwise);
    }

    /** Words of the file are constants in lower case with dashes. */
    static <E extends Enum<E>> E choice(Item value, Class<E> type) {
        Set<String> words = new LinkedHashSet<>();
        for (E constant : type.getEnumConstants()) {
            String word = word(constant);
            if (word.equals(value.text())) {
                return constant;
            }
            words.add(word);
        }
        throw value.error("'" + value.text() + "' is not one of " + String.join(", ", words));
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /**
     * @throws BadScenarioException naming the first unknown field and the known ones
     */
    public void end() {
        left.values().stream()
                .min(java.util.Comparator.comparingInt(Item::line))
                .ifPresent(
                        unknown -> {
                            throw unknown.error(
                                    "unknown field; known here: " + String.join(", ", known));
                        });
    }
}
