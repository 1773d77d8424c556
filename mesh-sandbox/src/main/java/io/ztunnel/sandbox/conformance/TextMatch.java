package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.Names;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a text must be: itself, or what a pattern between slashes matches as a whole. */
final class TextMatch {
    private final String wanted;
    private final @Nullable Pattern pattern;

    private TextMatch(String wanted, @Nullable Pattern pattern) {
        this.wanted = wanted;
        this.pattern = pattern;
    }

    static TextMatch of(String text, Names names) {
        if (text.length() > 1 && text.startsWith("/") && text.endsWith("/")) {
            Names quoted =
                    (name, property) ->
                            names.values(name, property).stream()
                                    .map(value -> Pattern.quote(value))
                                    .toList();
            String regex = quoted.expand(text.substring(1, text.length() - 1));
            return new TextMatch(text, Pattern.compile(regex, Pattern.DOTALL));
        }
        return new TextMatch(names.expand(text), null);
    }

    boolean matches(@Nullable String text) {
        if (text == null) {
            return false;
        }
        return pattern == null ? wanted.equals(text) : pattern.matcher(text).matches();
    }

    @Override
    public String toString() {
        return wanted;
    }

    /** For lists of absent header names. */
    static List<String> lower(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }
}
