package io.ztunnel.sandbox.conformance.mesh;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a ztunnel's log, in its text form or in its JSON form.
 *
 * @param fields without the quotes of strings
 */
public record LogLine(
        String level, String target, String message, Map<String, String> fields, String text) {
    private static final Pattern FIELD =
            Pattern.compile("([a-zA-Z_][\\w.]*)=(\"(?:[^\"\\\\]|\\\\.)*\"|\\S+)");
    private static final int PARTS = 4;

    /** Empty for a line in any other form. */
    static Optional<LogLine> parse(String text) {
        return text.startsWith("{") ? parseJson(text) : parseText(text);
    }

    private static Optional<LogLine> parseJson(String text) {
        Map<String, Object> object;
        try {
            object = JSON.std.mapFrom(text);
        } catch (IOException other) {
            return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        object.forEach((name, value) -> fields.put(name, String.valueOf(value)));
        String level = fields.remove("level");
        String time = fields.remove("time");
        String scope = fields.remove("scope");
        String message = fields.remove("message");
        if (level == null || time == null || scope == null || message == null) {
            return Optional.empty();
        }
        return Optional.of(new LogLine(level, scope, message, fields, text));
    }

    private static Optional<LogLine> parseText(String text) {
        String[] parts = text.split("\t", PARTS + 1);
        if (parts.length < PARTS) {
            return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        if (parts.length > PARTS) {
            Matcher matcher = FIELD.matcher(parts[PARTS]);
            while (matcher.find()) {
                fields.put(matcher.group(1), unquoted(matcher.group(2)));
            }
        }
        return Optional.of(new LogLine(parts[1].strip(), parts[2], parts[3], fields, text));
    }

    private static String unquoted(String value) {
        return value.startsWith("\"")
                ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
                : value;
    }
}
