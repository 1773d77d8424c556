package io.ztunnel.bench.report;

import com.fasterxml.jackson.jr.ob.JSON;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as JSON, every single value kept, and back. */
public final class Json {
    private Json() {}

    /**
     * @param about what the reader must know of the machine and the run
     */
    public static String of(Results results, Map<String, Object> about) throws IOException {
        Map<String, Object> root = new LinkedHashMap<>(about);
        root.put("candidates", results.candidates());
        List<Object> figures = new ArrayList<>();
        for (Figure figure : results.figures()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("id", figure.workload());
            entry.put("figure", figure.name());
            entry.put("unit", figure.unit());
            entry.put("better", figure.better().name().toLowerCase(java.util.Locale.ROOT));
            if (figure.hasGoal()) {
                entry.put("goal", figure.goal());
            }
            results.ratio(figure).ifPresent(ratio -> entry.put("ratio", ratio));
            Map<String, Object> values = new LinkedHashMap<>();
            for (String candidate : results.candidates()) {
                values.put(candidate, results.values(figure, candidate));
            }
            entry.put("values", values);
            figures.add(entry);
        }
        root.put("figures", figures);
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(root) + "\n";
    }

    /**
     * What {@link #of} wrote.
     *
     * @throws IOException if the text is not of that shape
     */
    public static Results read(String text) throws IOException {
        try {
            Map<String, Object> root = JSON.std.mapFrom(text);
            Results results = new Results(strings(root.get("candidates")));
            for (Object each : list(root.get("figures"))) {
                Map<?, ?> entry = map(each);
                Figure figure = figure(entry);
                for (Map.Entry<?, ?> values : map(entry.get("values")).entrySet()) {
                    for (Object value : list(values.getValue())) {
                        double number = ((Number) value).doubleValue();
                        results.add(figure, String.valueOf(values.getKey()), number);
                    }
                }
            }
            return results;
        } catch (ClassCastException | IllegalArgumentException wrong) {
            throw new IOException("these are no results of a benchmark: " + wrong.getMessage());
        }
    }

    private static Figure figure(Map<?, ?> entry) {
        Object goal = entry.get("goal");
        return new Figure(
                String.valueOf(entry.get("id")),
                String.valueOf(entry.get("figure")),
                String.valueOf(entry.get("unit")),
                Figure.Better.valueOf(
                        String.valueOf(entry.get("better")).toUpperCase(java.util.Locale.ROOT)),
                goal == null ? Double.NaN : ((Number) goal).doubleValue());
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value == null ? Map.of() : (Map<?, ?>) value;
    }

    private static List<?> list(@Nullable Object value) {
        return value == null ? List.of() : (List<?>) value;
    }

    private static List<String> strings(@Nullable Object value) {
        return list(value).stream().map(String::valueOf).toList();
    }
}
