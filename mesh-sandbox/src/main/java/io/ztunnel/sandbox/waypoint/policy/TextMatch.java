package io.ztunnel.sandbox.waypoint.policy;

import java.util.Locale;

/** A value of a policy: exact, {@code prefix*}, {@code *suffix}, or {@code *} for any. */
public sealed interface TextMatch {
    record Any() implements TextMatch {}

    record Exact(String text) implements TextMatch {}

    record Prefix(String text) implements TextMatch {}

    record Suffix(String text) implements TextMatch {}

    static TextMatch of(String value) {
        if (value.equals("*")) {
            return new Any();
        }
        if (value.startsWith("*")) {
            return new Suffix(value.substring(1));
        }
        return value.endsWith("*")
                ? new Prefix(value.substring(0, value.length() - 1))
                : new Exact(value);
    }

    /** Of a text in lower case. */
    static TextMatch ignoringCase(String value) {
        return of(value.toLowerCase(Locale.ROOT));
    }

    /**
     * @param text "" counts as absent
     */
    default boolean matches(String text) {
        return switch (this) {
            case Any() -> !text.isEmpty();
            case Exact(String exact) -> text.equals(exact);
            case Prefix(String prefix) -> text.startsWith(prefix);
            case Suffix(String suffix) -> text.endsWith(suffix);
        };
    }
}
