package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The key-value pairs of a log line, in order. Texts are quoted in plain lines, numbers and
 * addresses are bare; a null value leaves its key out. Not thread-safe until handed to a logger,
 * immutable by agreement afterwards.
 */
public final class LogFields {
    /** What a line of the access log has, keys and values; lists that grow are copied. */
    private static final int ACCESS_LOG_SIZE = 40;

    static final LogFields NONE = new LogFields();

    /** Keys and values alternate; a value is a String, a Long, a Boolean or a {@link Bare}. */
    private final List<Object> pairs = new ArrayList<>(ACCESS_LOG_SIZE);

    /** A value printed without quotes in plain lines. */
    record Bare(String text) {}

    public LogFields text(String key, @Nullable String value) {
        return value == null ? this : put(key, value);
    }

    public LogFields number(String key, long value) {
        return put(key, value);
    }

    public LogFields flag(String key, boolean value) {
        return put(key, value);
    }

    /** For addresses and the like; what could be mistaken for more than one value is quoted. */
    public LogFields bare(String key, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        String text = value.toString();
        return put(key, isOneWord(text) ? new Bare(text) : text);
    }

    /** The form that a value of SLF4J's fluent API takes. */
    LogFields any(String key, @Nullable Object value) {
        return switch (value) {
            case null -> this;
            case Byte number -> number(key, number);
            case Short number -> number(key, number);
            case Integer number -> number(key, number);
            case Long number -> number(key, number);
            case Boolean flag -> flag(key, flag);
            case CharSequence text -> text(key, text.toString());
            case Object other -> bare(key, other);
        };
    }

    private LogFields put(String key, Object value) {
        pairs.add(key);
        pairs.add(value);
        return this;
    }

    private static boolean isOneWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    interface Visitor {
        void field(String key, Object value);
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < pairs.size(); i += 2) {
            visitor.field((String) pairs.get(i), pairs.get(i + 1));
        }
    }
}
