package io.ztunnel.sandbox.conformance.mesh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a metrics page says. */
public record Metrics(List<Series> series) {
    private static final Pattern LINE =
            Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)\\})? ([-+0-9.eE]+|NaN)(?: .*)?");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    public Metrics {
        series = List.copyOf(series);
    }

    /** A value and its labels. */
    public record Series(String name, Map<String, String> labels, double value) {}

    static Metrics parse(String page) {
        List<Series> all = new ArrayList<>();
        for (String line : page.split("\n", -1)) {
            Matcher matcher = LINE.matcher(line);
            if (!line.startsWith("#") && matcher.matches()) {
                Map<String, String> labels = new LinkedHashMap<>();
                Matcher label = LABEL.matcher(matcher.group(2) == null ? "" : matcher.group(2));
                while (label.find()) {
                    labels.put(label.group(1), label.group(2).replaceAll("\\\\(.)", "$1"));
                }
                all.add(new Series(matcher.group(1), labels, Double.parseDouble(matcher.group(3))));
            }
        }
        return new Metrics(all);
    }

    /** The sum over all series of that name with at least these labels. */
    public long sum(String name, Map<String, String> labels) {
        return Math.round(
                series.stream()
                        .filter(one -> one.name().equals(name))
                        .filter(one -> one.labels().entrySet().containsAll(labels.entrySet()))
                        .mapToDouble(Series::value)
                        .sum());
    }

    /** Those of that name, as text for a failure. */
    public String describe(String name) {
        List<Series> named = series.stream().filter(one -> one.name().equals(name)).toList();
        return named.isEmpty() ? "there is no series " + name : named.toString();
    }
}
