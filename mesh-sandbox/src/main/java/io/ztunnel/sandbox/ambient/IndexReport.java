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

    private static final String ROUTE_CONTROLLER = "istio.io/gateway-controller";

    private IndexReport() {}

    /**
     * {@code objects} with their conditions, routes with their parents, in the order of their keys;
     * and {@code problems} as lines.
     */
    public static Map<String, Object> of(
            List<Condition> conditions, List<RouteParent> routes, List<Problem> problems) {
        Map<ObjectKey, List<Object>> byObject = new TreeMap<>();
        for (Condition condition : conditions) {
            byObject.computeIfAbsent(condition.object(), key -> new ArrayList<>())
                    .add(of(condition));
        }
        Map<ObjectKey, List<Object>> byRoute = new TreeMap<>();
        for (RouteParent parent : routes) {
            byRoute.computeIfAbsent(parent.route(), key -> new ArrayList<>()).add(of(parent));
        }
        List<Map<String, Object>> objects = new ArrayList<>();
        byObject.forEach((key, own) -> objects.add(object(key, "conditions", own)));
        byRoute.forEach((key, own) -> objects.add(object(key, "parents", own)));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("objects", objects);
        report.put("problems", problems.stream().map(Problem::toString).toList());
        return report;
    }

    public static String toJson(
            List<Condition> conditions, List<RouteParent> routes, List<Problem> problems) {
        try {
            return JSON.std.asString(of(conditions, routes, problems));
        } catch (IOException e) {
            throw new IllegalStateException("strings and lists can be written", e);
        }
    }

    private static Map<String, Object> object(ObjectKey key, String field, List<Object> values) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("kind", key.kind().text());
        object.put("namespace", key.namespace());
        object.put("name", key.name());
        object.put(field, values);
        return object;
    }

    private static Map<String, Object> of(RouteParent parent) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("parentRef", parent.parentRef().fields());
        fields.put("controllerName", ROUTE_CONTROLLER);
        fields.put("conditions", parent.conditions().stream().map(IndexReport::of).toList());
        return fields;
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
