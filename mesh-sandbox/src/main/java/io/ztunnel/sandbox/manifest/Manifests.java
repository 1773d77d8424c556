package io.ztunnel.sandbox.manifest;

import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes objects as ordinary manifests. */
public final class Manifests {
    private Manifests() {}

    /**
     * One document per object, in the order given; {@link ManifestLoader#parse} reads equal objects
     * back.
     */
    public static String toYaml(List<KubeObject> objects) {
        DumpSettings settings =
                DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setDereferenceAliases(true) // a reader need not know anchors
                        .setExplicitStart(true)
                        .setSchema(new CoreSchema())
                        .build();
        Dump dump = new Dump(settings);
        StringBuilder yaml = new StringBuilder();
        objects.forEach(object -> yaml.append(dump.dumpToString(document(object))));
        return yaml.toString();
    }

    /** One object as a document of its own, without a separator before it. */
    public static String toYaml(Map<String, Object> object) {
        DumpSettings settings =
                DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setDereferenceAliases(true)
                        .setSchema(new CoreSchema())
                        .build();
        return new Dump(settings).dumpToString(object);
    }

    private static Map<String, Object> document(KubeObject object) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("apiVersion", object.apiVersion());
        document.put("kind", object.kind().text());
        object.tree().fields().forEach(document::putIfAbsent);
        return Collections.unmodifiableMap(document);
    }
}
