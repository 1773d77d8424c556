package io.ztunnel.daemon.telemetry;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import org.slf4j.event.Level;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How a record becomes one line. What comes from outside can neither break a line nor grow it. */
public enum LogFormat {
    /** {@code <time>\t<level>\t<scope>\t<message>\t<key=value ...>}. */
    PLAIN {
        @Override
        void append(StringBuilder out, LogRecord record) {
            appendTime(out, record.time());
            out.append('\t').append(name(record.level()));
            out.append('\t').append(record.scope());
            out.append('\t');
            escape(out, record.message(), false);
            int fieldsAt = out.length();
            LogFields.Visitor visitor =
                    (key, value) -> {
                        out.append(out.length() == fieldsAt ? '\t' : ' ').append(key).append('=');
                        switch (value) {
                            case String text -> {
                                out.append('"');
                                escape(out, text, true);
                                out.append('"');
                            }
                            case LogFields.Bare bare -> escape(out, bare.text(), false);
                            case Object other -> out.append(other);
                        }
                    };
            record.fields().forEach(visitor);
            if (record.thrown() != null) {
                visitor.field("exception", Stacks.describe(record.thrown()));
            }
        }
    },

    /** An object with level, time, scope, message and then the fields. */
    JSON {
        @Override
        void append(StringBuilder out, LogRecord record) {
            out.append("{\"level\":\"").append(name(record.level())).append("\",\"time\":\"");
            appendTime(out, record.time());
            out.append('"');
            LogFields.Visitor visitor =
                    (key, value) -> {
                        out.append(',');
                        appendJson(out, key);
                        out.append(':');
                        switch (value) {
                            case String text -> appendJson(out, text);
                            case LogFields.Bare bare -> appendJson(out, bare.text());
                            case Object other -> out.append(other);
                        }
                    };
            visitor.field("scope", record.scope());
            visitor.field("message", record.message());
            record.fields().forEach(visitor);
            if (record.thrown() != null) {
                visitor.field("exception", Stacks.describe(record.thrown()));
            }
            out.append('}');
        }
    };

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** A longer text is cut; a peer must not be able to fill the disk with one connection. */
    private static final int MAX_TEXT = 8192;

    /** Appends the line without its end. */
    abstract void append(StringBuilder out, LogRecord record);

    static String name(Level level) {
        return switch (level) {
            case ERROR -> "error";
            case WARN -> "warn";
            case INFO -> "info";
            case DEBUG -> "debug";
            case TRACE -> "trace";
        };
    }

    static void appendTime(StringBuilder out, Instant time) {
        TIME.formatTo(time, out);
    }

    private static void appendJson(StringBuilder out, String text) {
        out.append('"');
        JsonStringEncoder.getInstance().quoteAsString(cut(text), out);
        out.append('"');
    }

    /**
     * Control characters as the reference's language prints them; quotes and backslashes only where
     * the text stands in quotes.
     */
    private static void escape(StringBuilder out, String text, boolean quoted) {
        String cut = cut(text);
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case 0 -> out.append("\\0");
                case '"', '\\' -> {
                    if (quoted) {
                        out.append('\\');
                    }
                    out.append(c);
                }
                default -> {
                    if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                        out.append("\\u{").append(Integer.toHexString(c)).append('}');
                    } else {
                        out.append(c);
                    }
                }
            }
        }
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
