package io.ztunnel.daemon.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON that arrives as a stream. Strings and lists of keys that were seen a moment ago are the same
 * object again, because most of a dump is repetition. Nesting, numbers and strings have the bounds
 * of the parser.
 */
final class JsonInput implements AutoCloseable {
    private static final int CACHE = 1 << 13;

    /** How the parser begins to say so; it has an exception for it in some places only. */
    private static final String END = "Unexpected end-of-input";

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build();

    /** Reads what the parser stands at. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    private final JsonParser parser;
    private final @Nullable String[] strings = new @Nullable String[CACHE];
    private final Map<Integer, String[]> keyLists = new HashMap<>();

    JsonInput(InputStream in) throws IOException {
        this.parser = FACTORY.createParser(in);
    }

    /**
     * Runs the step at the first token, and sees that nothing comes after the value.
     *
     * @throws DumpException says what is wrong with the text, and where
     */
    void document(Step step) throws IOException {
        try {
            if (parser.nextToken() == null) {
                throw new DumpException("the dump is empty");
            }
            step.run();
            if (parser.nextToken() != null) {
                throw new DumpException(
                        "something follows the dump" + place() + "; expected one JSON object");
            }
        } catch (StreamConstraintsException e) {
            throw new DumpException("the dump is refused" + place() + ": " + firstLine(e), e);
        } catch (StreamReadException e) {
            throw new DumpException(
                    firstLine(e).startsWith(END)
                            ? "the dump ends too early" + place() + "; is it complete?"
                            : "this is no JSON" + place() + ": " + firstLine(e),
                    e);
        }
    }

    private String place() {
        return " (line "
                + parser.currentLocation().getLineNr()
                + ", column "
                + parser.currentLocation().getColumnNr()
                + ")";
    }

    private static String firstLine(JsonProcessingException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("");
    }

    /** That something else was expected at the current token. */
    DumpException unexpected(String expected) {
        JsonToken token = parser.currentToken();
        String found =
                switch (token) {
                    case START_OBJECT, END_OBJECT -> "an object";
                    case START_ARRAY, END_ARRAY -> "an array";
                    case VALUE_STRING -> "a string";
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                    case VALUE_TRUE, VALUE_FALSE -> "a boolean";
                    case null, default -> "null";
                };
        String path = parser.getParsingContext().pathAsPointer().toString();
        return new DumpException(
                (path.isEmpty() ? "the dump" : path)
                        + place()
                        + ": expected "
                        + expected
                        + ", found "
                        + found);
    }

    boolean at(JsonToken token) {
        return parser.hasToken(token);
    }

    /** Goes to the next key of the object that the parser is in; null at its end. */
    @Nullable String nextKey() throws IOException {
        String key = parser.nextFieldName();
        if (key == null) {
            return null;
        }
        parser.nextToken();
        return shared(key);
    }

    /** Goes to the next item of the array that the parser is in; false at its end. */
    boolean nextItem() throws IOException {
        return parser.nextToken() != JsonToken.END_ARRAY;
    }

    /** Passes over the value that the parser stands at. */
    void skip() throws IOException {
        parser.skipChildren();
    }

    String text() throws IOException {
        return shared(parser.getText());
    }

    /** The number that the parser stands at, if it is whole and fits. */
    @Nullable Long whole() throws IOException {
        return parser.hasToken(JsonToken.VALUE_NUMBER_INT)
                        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                ? parser.getLongValue()
                : null;
    }

    /** Any value; keys keep their order. */
    @Nullable Object value() throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object();
            case START_ARRAY -> {
                List<@Nullable Object> items = new ArrayList<>();
                while (nextItem()) {
                    items.add(value());
                }
                yield compact(items);
            }
            case VALUE_STRING -> text();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
            case null, default -> null;
        };
    }

    private JsonObject object() throws IOException {
        List<String> keys = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        for (String key = nextKey(); key != null; key = nextKey()) {
            int before = keys.indexOf(key);
            if (before >= 0) {
                values.set(before, value());
            } else {
                keys.add(key);
                values.add(value());
            }
        }
        return new JsonObject(keys(keys.toArray(String[]::new)), values.toArray());
    }

    /** The same list in as little room as possible. */
    static List<@Nullable Object> compact(List<@Nullable Object> items) {
        return switch (items.size()) {
            case 0 -> List.of();
            case 1 -> Collections.singletonList(items.getFirst());
            default -> Arrays.asList(items.toArray());
        };
    }

    /** An equal array, the one of before if there was one. */
    String[] keys(String[] keys) {
        int slot = Arrays.hashCode(keys) & (CACHE - 1);
        String[] cached = keyLists.get(slot);
        if (cached != null && Arrays.equals(cached, keys)) {
            return cached;
        }
        keyLists.put(slot, keys);
        return keys;
    }

    private String shared(String text) {
        int hash = text.hashCode();
        int slot = (hash ^ hash >>> 13) & (CACHE - 1);
        String cached = strings[slot];
        if (text.equals(cached)) {
            return cached;
        }
        strings[slot] = text;
        return text;
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
