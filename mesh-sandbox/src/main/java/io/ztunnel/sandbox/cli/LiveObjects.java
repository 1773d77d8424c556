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
import java.util.HashMap;
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
        Map<ObjectName, Map<?, ?>> said = said();
        List<KubeObject> all = new ArrayList<>();
        for (KubeObject object : objects) {
            Map<?, ?> own = said.get(name(object));
            all.add(own == null ? object : object.with(edit -> add(object, own, edit)));
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

    /** What the control plane has for each object. */
    private Map<ObjectName, Map<?, ?>> said() throws IOException {
        Map<ObjectName, Map<?, ?>> said = new HashMap<>();
        if (report(state).get("objects") instanceof List<?> objects) {
            for (Object element : objects) {
                if (element instanceof Map<?, ?> object) {
                    String kind = String.valueOf(object.get("kind"));
                    String group = ResourceType.named(kind).map(ResourceType::group).orElse("");
                    said.put(
                            new ObjectName(
                                    group,
                                    kind,
                                    String.valueOf(object.get("namespace")),
                                    String.valueOf(object.get("name"))),
                            object);
                }
            }
        }
        return said;
    }

    /** Its conditions, and those at each parent of a route. */
    private static void add(KubeObject object, Map<?, ?> said, TreeEditor edit) {
        for (String field : List.of("conditions", "parents")) {
            if (said.get(field) instanceof List<?> list) {
                List<Object> all = new ArrayList<>(object.status().list(field));
                all.addAll(list);
                edit.set(all, "status", field);
            }
        }
    }
}
