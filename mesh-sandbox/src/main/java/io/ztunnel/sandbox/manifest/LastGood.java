package io.ztunnel.sandbox.manifest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Remembers what each file held when it was last in order. While a document of a file is broken,
 * the objects that the file held before and that its good documents do not hold now stay; a file
 * that is gone takes its objects with it. Not thread safe.
 */
public final class LastGood {
    private Map<String, List<KubeObject>> byFile = new HashMap<>();

    /**
     * Reads the folder. When it cannot be listed, everything stays as it was and that is the one
     * problem.
     *
     * @param folder what paths in messages are relative to
     */
    public ManifestSet load(Path folder) {
        try {
            return merge(ManifestLoader.files(folder));
        } catch (IOException e) {
            Problem problem =
                    new Problem(
                            Problem.Severity.ERROR,
                            folder.toString(),
                            0,
                            "",
                            "the folder cannot be read: " + e);
            List<KubeObject> kept = new ArrayList<>();
            byFile.keySet().stream().sorted().forEach(f -> kept.addAll(known(f)));
            return new ManifestSet(unique(kept, new ArrayList<>()), List.of(problem));
        }
    }

    ManifestSet merge(List<ManifestFile> files) {
        List<KubeObject> all = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        Map<String, ManifestFile.Ignored> ignored = new LinkedHashMap<>();
        Map<String, List<KubeObject>> next = new HashMap<>();
        Set<ObjectKey> fresh = new HashSet<>();
        files.forEach(f -> f.objects().forEach(o -> fresh.add(o.key())));
        for (ManifestFile file : files) {
            List<KubeObject> objects = new ArrayList<>(file.objects());
            if (file.broken()) {
                // What another file holds by now has moved there.
                known(file.path()).stream()
                        .filter(o -> !fresh.contains(o.key()))
                        .forEach(objects::add);
            }
            next.put(file.path(), List.copyOf(objects));
            all.addAll(objects);
            problems.addAll(file.problems());
            file.ignored().forEach(i -> ignored.putIfAbsent(i.apiVersion() + " " + i.kind(), i));
        }
        byFile = next;
        ignored.forEach(
                (kind, first) ->
                        problems.add(
                                Problem.warning(
                                        first.origin(),
                                        "kind",
                                        kind
                                                + " is not used by the sandbox; all of them are"
                                                + " ignored")));
        return new ManifestSet(unique(all, problems), problems);
    }

    private List<KubeObject> known(String file) {
        return byFile.getOrDefault(file, List.of());
    }

    private static List<KubeObject> unique(List<KubeObject> all, List<Problem> problems) {
        Map<ObjectKey, KubeObject> byKey = new LinkedHashMap<>();
        for (KubeObject object : all) {
            KubeObject first = byKey.putIfAbsent(object.key(), object);
            if (first != null) {
                problems.add(
                        Problem.error(
                                object.origin(),
                                "metadata.name",
                                object.key()
                                        + " is already defined at "
                                        + first.origin()
                                        + ", which stays in force"));
            }
        }
        return List.copyOf(byKey.values());
    }
}
