package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.policy.TextMatch;

import java.util.Map;
import java.util.regex.Pattern;

/** Matches of texts: {@code envoy.type.matcher.v3.StringMatcher}. */
final class Texts {
    private static final Pattern META = Pattern.compile("[\\\\.+*?()|\\[\\]{}^$]");

    /** What java.util.regex takes and RE2 does not: look-around, back references and the like. */
    private static final Pattern BEYOND_RE2 =
            Pattern.compile("\\(\\?[=!>]|\\(\\?<[=!]|[*+?}]\\+|\\\\[1-9kGXRNZ]|&&");

    private Texts() {}

    static Map<String, Object> exact(String text) {
        return Proto.of("exact", text);
    }

    /** Of the whole text. */
    static Map<String, Object> regex(String regex) {
        return Proto.of("safe_regex", Proto.of("regex", regex));
    }

    /** Whether RE2 reads it; what it does not would cost all of a configuration its place. */
    static boolean isRe2(String regex) {
        return !BEYOND_RE2.matcher(regex).find();
    }

    static Map<String, Object> of(TextMatch match) {
        return switch (match) {
            case TextMatch.Any() -> regex(".+");
            case TextMatch.Exact(String text) -> exact(text);
            case TextMatch.Prefix(String text) -> Proto.of("prefix", text);
            case TextMatch.Suffix(String text) -> Proto.of("suffix", text);
        };
    }

    /**
     * As part of a regular expression.
     *
     * @param character what a wildcard may stand for
     */
    static String pattern(TextMatch match, String character) {
        return switch (match) {
            case TextMatch.Any() -> character + "+";
            case TextMatch.Exact(String text) -> quote(text);
            case TextMatch.Prefix(String text) -> quote(text) + character + "*";
            case TextMatch.Suffix(String text) -> character + "*" + quote(text);
        };
    }

    static String quote(String text) {
        return META.matcher(text).replaceAll("\\\\$0");
    }

    static Map<String, Object> header(String name, Map<String, Object> match) {
        return Proto.of("name", name, "string_match", match);
    }
}
