package io.ztunnel.sandbox.conformance.mesh;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a ztunnel's log in its text form.
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
