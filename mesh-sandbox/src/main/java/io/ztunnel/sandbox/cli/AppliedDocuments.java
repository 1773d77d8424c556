package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.ManifestDocuments;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Objects that somebody wants applied or deleted.
 *
 * @param objects in the order in which they were given
 */
record AppliedDocuments(Map<ObjectName, Tree> objects) {
    private static final int MAX_BYTES = 4 << 20;

    /**
     * @param namespace of objects that name none
     * @throws IOException when a file cannot be read, or holds anything that the sandbox would
     *     refuse; it says what
     */
    static AppliedDocuments read(List<String> files, InputStream standardInput, String namespace)
            throws IOException {
        Map<ObjectName, Tree> objects = new LinkedHashMap<>();
        for (String file : files) {
            if (file.equals("-")) {
                byte[] bytes = standardInput.readNBytes(MAX_BYTES);
                add("STDIN", new String(bytes, StandardCharsets.UTF_8), namespace, objects);
            } else {
                for (Path path : paths(Path.of(file))) {
                    add(path.toString(), Files.readString(path), namespace, objects);
                }
            }
        }
        if (objects.isEmpty()) {
            throw new IOException("error: no objects passed to apply");
        }
        return new AppliedDocuments(objects);
    }

    /** Returns a line for each object. */
    List<String> apply(LiveObjects live) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<ObjectName, Tree> entry : objects.entrySet()) {
            Optional<Tree> before = live.folder().find(entry.getKey());
            Tree after = before.map(b -> merged(b, entry.getValue())).orElse(entry.getValue());
            boolean changed = !before.equals(Optional.of(after));
            if (changed) {
                live.folder().put(entry.getKey(), after);
            }
            lines.add(
                    entry.getKey()
                            + " "
                            + (before.isEmpty()
                                    ? "created"
                                    : changed ? "configured" : "unchanged"));
        }
        return lines;
    }

    /**
     * What {@code label} and {@code annotate} have set stays, unless the new object has it, too.
     */
    private static Tree merged(Tree before, Tree after) {
        TreeEditor edit = after.edit();
        for (String field : List.of("labels", "annotations")) {
            before.stringMap("metadata", field)
                    .forEach((key, value) -> edit.setIfAbsent(value, "metadata", field, key));
        }
        return edit.build();
    }

    private static void add(
            String source, String text, String namespace, Map<ObjectName, Tree> objects)
            throws IOException {
        ObjectChecks.check(source, text);
        for (Tree object : ManifestDocuments.read(source, text)) {
            ObjectName name = ObjectName.of(object, namespace);
            boolean implied = !name.namespace().isEmpty() && !namespace.equals("default");
            objects.put(
                    name,
                    implied
                            ? object.edit()
                                    .setIfAbsent(name.namespace(), "metadata", "namespace")
                                    .build()
                            : object);
        }
    }

    private static List<Path> paths(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            if (!Files.isReadable(path)) {
                throw new IOException("error: the path \"" + path + "\" does not exist");
            }
            return List.of(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(ManifestDocuments::isManifest).sorted().toList();
        }
    }
}
