package io.ztunnel.bench.report;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as JSON, every single value kept. */
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
}
