package io.ztunnel.daemon.cli;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A configuration dump, ours or the reference's: the sections that were asked for, with what
 * istioctl knows of them. The rest is passed over as it arrives.
 */
final class Dump {
    private static final String EXPECTED = "an object, as /config_dump answers";

    private final Map<Section, Object> sections;
    private final boolean recognized;

    private Dump(Map<Section, Object> sections, boolean recognized) {
        this.sections = sections;
        this.recognized = recognized;
    }

    /**
     * @throws DumpException says what is wrong with the text, and where
     */
    static Dump read(InputStream in, Set<Section> wanted) throws IOException {
        Map<Section, Object> sections = new EnumMap<>(Section.class);
        Set<Section> seen = EnumSet.noneOf(Section.class);
        try (JsonInput json = new JsonInput(in)) {
            json.document(
                    () -> {
                        if (!json.at(JsonToken.START_OBJECT)) {
                            throw json.unexpected(EXPECTED);
                        }
                        for (String key = json.nextKey(); key != null; key = json.nextKey()) {
                            Section section = named(key);
                            Object value = null;
                            if (section != null && wanted.contains(section)) {
                                value = section.shape().read(json);
                            } else {
                                json.skip();
                            }
                            if (section != null) {
                                seen.add(section);
                            }
                            if (section != null && value != null) {
                                sections.put(section, value);
                            }
                        }
                    });
        }
        return new Dump(sections, !seen.isEmpty());
    }

    /**
     * Everything, with every key.
     *
     * @throws DumpException says what is wrong with the text, and where
     */
    static JsonObject readAll(InputStream in) throws IOException {
        AtomicReference<@Nullable JsonObject> root = new AtomicReference<>();
        try (JsonInput json = new JsonInput(in)) {
            json.document(() -> root.set(object(json)));
        }
        return Objects.requireNonNull(root.get());
    }

    private static JsonObject object(JsonInput json) throws IOException {
        if (json.at(JsonToken.START_OBJECT) && json.value() instanceof JsonObject object) {
            return object;
        }
        throw json.unexpected(EXPECTED);
    }

    private static @Nullable Section named(String key) {
        return Arrays.stream(Section.values())
                .filter(section -> section.key().equalsIgnoreCase(key))
                .findFirst()
                .orElse(null);
    }

    /** Whether any section of a ztunnel's dump is there at all. */
    boolean isRecognized() {
        return recognized;
    }

    /** What the section holds, as it is printed; null if it is not there. */
    @Nullable Object value(Section section) {
        return sections.get(section);
    }

    /** The entries of a section; empty if it is not there. */
    List<JsonObject> entries(Section section) {
        return switch (sections.get(section)) {
            case List<?> items -> JsonObject.only(items);
            case JsonObject map -> map.members();
            case null, default -> List.of();
        };
    }

    /** The node that the ztunnel works for, "" if the dump does not tell. */
    String node() {
        return sections.get(Section.CONFIG) instanceof JsonObject config
                ? config.text("localNode")
                : "";
    }
}
