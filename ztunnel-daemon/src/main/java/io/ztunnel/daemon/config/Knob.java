package io.ztunnel.daemon.config;

import java.util.function.Function;

/**
 * One environment variable: its name, what it means, what holds when it is absent, and how its text
 * is read. A parser refuses a text with {@link IllegalArgumentException}.
 *
 * @param fallback what the documentation says of the default
 * @param expected completes "expected ..." in an error
 */
record Knob<T>(
        String name, String meaning, String fallback, String expected, Function<String, T> parser) {

    static Knob<Boolean> flag(String name, boolean fallback, String meaning) {
        return new Knob<>(
                name, meaning, String.valueOf(fallback), "true or false", Texts::exactBoolean);
    }

    static Knob<String> text(String name, String fallback, String meaning) {
        return new Knob<>(name, meaning, fallback, "a text", Function.identity());
    }

    static Knob<java.time.Duration> duration(String name, String fallback, String meaning) {
        return new Knob<>(
                name,
                meaning,
                fallback,
                "a duration such as 90s, 500ms, 1h30m or 24h",
                Durations::parse);
    }

    static Knob<Integer> integer(String name, String fallback, int min, int max, String meaning) {
        return new Knob<>(
                name,
                meaning,
                fallback,
                "a whole number from " + min + " to " + max,
                text -> Texts.integer(text, min, max));
    }

    T parse(String value) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw ConfigException.badValue(name, value, expected);
        }
    }
}
