package io.ztunnel.sandbox.conformance.scenario;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code $(NAME)} stands for in a scenario: {@code $(server)} an address as it is written
 * before a port, {@code $(server.ip)} the same bare, {@code $(server.ips)} every address in turn,
 * {@code $(c.local)} the own end of a connection.
 */
@FunctionalInterface
public interface Names {
    Pattern REFERENCE = Pattern.compile("\\$\\(([a-zA-Z0-9-]+)(?:\\.([a-z0-9]+))?\\)");

    /**
     * What a name stands for, in order; one value for all but {@code ips}.
     *
     * @param property after the dot, or ""
     * @throws IllegalArgumentException when there is nothing of that name
     */
    List<String> values(String name, String property);

    /** How many values the references in these texts have at most. */
    default int repeats(List<String> texts) {
        int most = 1;
        for (String text : texts) {
            Matcher matcher = REFERENCE.matcher(text);
            while (matcher.find()) {
                most = Math.max(most, of(matcher).size());
            }
        }
        return most;
    }

    default String expand(String text) {
        return expand(text, 0);
    }

    /**
     * @param index which of several values is meant
     */
    default String expand(String text, int index) {
        return REFERENCE
                .matcher(text)
                .replaceAll(
                        found -> {
                            Matcher again = REFERENCE.matcher(found.group());
                            List<String> values = again.matches() ? of(again) : List.of("");
                            return Matcher.quoteReplacement(
                                    values.get(Math.min(index, values.size() - 1)));
                        });
    }

    private List<String> of(Matcher matcher) {
        String property = matcher.group(2);
        return values(matcher.group(1), property == null ? "" : property);
    }
}
