package io.ztunnel.sandbox.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.ResourceType;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How {@code get} shows objects. The names are those that people type. */
enum ObjectsFormat {
    table,
    wide,
    name,
    json,
    yaml;

    boolean isTable() {
        return this == table || this == wide;
    }

    /**
     * @param objects of one type; one of them stands for itself, several become a List
     */
    String print(
            ResourceType type, List<KubeObject> objects, boolean namespaces, boolean showLabels)
            throws IOException {
        return switch (this) {
            case table, wide -> ObjectTable.of(type, objects, namespaces, this == wide, showLabels);
            case name ->
                    String.join("", objects.stream().map(o -> LiveObjects.name(o) + "\n").toList());
            case json ->
                    JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(document(objects))
                            + "\n";
            case yaml -> Manifests.toYaml(document(objects));
        };
    }

    private static Map<String, Object> document(List<KubeObject> objects) {
        if (objects.size() == 1) {
            return document(objects.getFirst());
        }
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("apiVersion", "v1");
        list.put("kind", "List");
        list.put("items", objects.stream().map(ObjectsFormat::document).toList());
        return list;
    }

    private static Map<String, Object> document(KubeObject object) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("apiVersion", object.apiVersion());
        document.put("kind", object.kind().text());
        object.tree().fields().forEach(document::putIfAbsent);
        return document;
    }
}
