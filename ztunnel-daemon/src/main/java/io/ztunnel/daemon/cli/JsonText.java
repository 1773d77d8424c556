package io.ztunnel.daemon.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/**
 * JSON as istioctl prints it: four spaces, nothing inside of what is empty, and escapes for the
 * characters that HTML and JavaScript take for something else.
 */
final class JsonText {
    private static final DefaultIndenter INDENTER = new DefaultIndenter("    ", "\n");
    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter(
                            Separators.createDefaultInstance()
                                    .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                                    .withObjectEmptySeparator("")
                                    .withArrayEmptySeparator(""))
                    .withObjectIndenter(INDENTER)
                    .withArrayIndenter(INDENTER);

    private JsonText() {}

    /** A value of a {@link JsonObject}, and a line break. */
    static void write(@Nullable Object value, Writer out) throws IOException {
        JsonGenerator json = new JsonFactory().createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.setPrettyPrinter(PRINTER.createInstance());
        json.setCharacterEscapes(new Escapes());
        write(value, json);
        json.writeRaw('\n');
        json.close();
    }

    private static void write(@Nullable Object value, JsonGenerator json) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case JsonObject object -> {
                json.writeStartObject();
                for (int i = 0; i < object.size(); i++) {
                    json.writeFieldName(object.key(i));
                    write(object.value(i), json);
                }
                json.writeEndObject();
            }
            case List<?> items -> {
                json.writeStartArray();
                for (Object item : items) {
                    write(item, json);
                }
                json.writeEndArray();
            }
            case String text -> json.writeString(text);
            case Boolean flag -> json.writeBoolean(flag);
            case BigInteger number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case Number number -> json.writeNumber(number.longValue());
            default -> throw new IllegalArgumentException(value.getClass() + " is no JSON value");
        }
    }

    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;
        private static final int[] ASCII = ascii();

        private static int[] ascii() {
            int[] escapes = CharacterEscapes.standardAsciiEscapesForJSON();
            for (int c = 0; c < ' '; c++) {
                // Jackson writes hexadecimal digits in capitals.
                if (escapes[c] == CharacterEscapes.ESCAPE_STANDARD) {
                    escapes[c] = CharacterEscapes.ESCAPE_CUSTOM;
                }
            }
            escapes['<'] = CharacterEscapes.ESCAPE_CUSTOM;
            escapes['>'] = CharacterEscapes.ESCAPE_CUSTOM;
            escapes['&'] = CharacterEscapes.ESCAPE_CUSTOM;
            return escapes;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ASCII.clone();
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            boolean escaped = c < 0x80 || c == 0x2028 || c == 0x2029;
            return escaped ? new SerializedString(String.format("\\u%04x", c)) : null;
        }
    }
}
