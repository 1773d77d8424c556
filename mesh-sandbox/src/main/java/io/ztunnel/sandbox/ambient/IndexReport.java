package io.ztunnel.sandbox.ambient;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Problem;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the control plane has to say to people: the conditions that it would write to each object,
 * and what is odd. As plain values, for JSON and YAML.
 */
public final class IndexReport {
    /** Where the control plane's process leaves it, within the sandbox's folder. */
    public static final String FILE = "conditions.json";

    private IndexReport() {}

    /**
     * {@code objects} with their conditions in the order of their keys, and {@code problems} as
     * lines.
     */
    public static Map<String, Object> of(List<Condition> conditions, List<Problem> problems) {
        Map<ObjectKey, List<Condition>> byObject = new TreeMap<>();
        for (Condition condition : conditions) {
            byObject.computeIfAbsent(condition.object(), key -> new ArrayList<>()).add(condition);
        }
        List<Map<String, Object>> objects = new ArrayList<>();
        byObject.forEach(
                (key, own) -> {
                    Map<String, Object> object = new LinkedHashMap<>();
                    object.put("kind", key.kind().text());
                    object.put("namespace", key.namespace());
                    object.put("name", key.name());
                    object.put("conditions", own.stream().map(IndexReport::of).toList());
                    objects.add(object);
                });
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("objects", objects);
        report.put("problems", problems.stream().map(Problem::toString).toList());
        return report;
    }

    public static String toJson(List<Condition> conditions, List<Problem> problems) {
        try {
            return JSON.std.asString(of(conditions, problems));
        } catch (IOException e) {
            throw new IllegalStateException("strings and lists can be written", e);
        }
    }

    /** As an apiserver would return it. */
    private static Map<String, Object> of(Condition condition) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", condition.type());
        fields.put("status", condition.status() ? "True" : "False");
        fields.put("reason", condition.reason());
        fields.put("message", condition.message());
        return fields;
    }
}
