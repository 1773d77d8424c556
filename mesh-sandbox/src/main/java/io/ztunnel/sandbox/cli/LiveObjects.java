package io.ztunnel.sandbox.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.ambient.IndexReport;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestFolder;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.ResourceType;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The objects of a sandbox: as people wrote them down, and as they are now.
 *
 * @param folder of manifests, which the sandbox watches
 * @param state the sandbox's own folder
 */
record LiveObjects(ManifestFolder folder, Path state) {
    private static final String OBJECTS = "objects.yaml";

    static LiveObjects of(Path manifests, Path state) {
        return new LiveObjects(new ManifestFolder(manifests), state);
    }

    /** Complete, with the conditions that the control plane has for them. */
    List<KubeObject> current() throws IOException {
        Path file = state.resolve(OBJECTS);
        List<KubeObject> objects =
                Files.exists(file)
                        ? ManifestLoader.parse(OBJECTS, Files.readString(file)).objects()
                        : List.of();
        Map<ObjectName, List<?>> conditions = conditions();
        List<KubeObject> all = new ArrayList<>();
        for (KubeObject object : objects) {
            List<?> own = conditions.getOrDefault(name(object), List.of());
            all.add(own.isEmpty() ? object : object.with(edit -> add(object, own, edit)));
        }
        return all;
    }

    Optional<KubeObject> current(ObjectName name) throws IOException {
        return current().stream().filter(object -> name(object).equals(name)).findFirst();
    }

    /**
     * The object as its author has it, or else as the sandbox made it, without what only the
     * sandbox can know.
     */
    Optional<Tree> editable(ObjectName name) throws IOException {
        Optional<Tree> written = folder.find(name);
        return written.isPresent()
                ? written
                : current(name)
                        .map(
                                object ->
                                        object.tree()
                                                .edit()
                                                .remove("status")
                                                .remove("metadata", "uid")
                                                .remove("metadata", "creationTimestamp")
                                                .build());
    }

    /** What the control plane says, see {@link IndexReport}; empty until it has said anything. */
    static Map<String, Object> report(Path state) throws IOException {
        Path file = state.resolve(IndexReport.FILE);
        return Files.exists(file) ? JSON.std.mapFrom(Files.readString(file)) : Map.of();
    }

    static ObjectName name(KubeObject object) {
        return new ObjectName(
                object.kind().group(), object.kind().text(), object.namespace(), object.name());
    }

    private Map<ObjectName, List<?>> conditions() throws IOException {
        Map<ObjectName, List<?>> conditions = new java.util.HashMap<>();
        if (report(state).get("objects") instanceof List<?> objects) {
            for (Object element : objects) {
                if (element instanceof Map<?, ?> object
                        && object.get("conditions") instanceof List<?> list) {
                    String kind = String.valueOf(object.get("kind"));
                    String group = ResourceType.named(kind).map(ResourceType::group).orElse("");
                    conditions.put(
                            new ObjectName(
                                    group,
                                    kind,
                                    String.valueOf(object.get("namespace")),
                                    String.valueOf(object.get("name"))),
                            list);
                }
            }
        }
        return conditions;
    }

    private static void add(KubeObject object, List<?> conditions, TreeEditor edit) {
        List<Object> all = new ArrayList<>(object.status().list("conditions"));
        all.addAll(conditions);
        edit.set(all, "status", "conditions");
    }
}
