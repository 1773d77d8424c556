package io.ztunnel.sandbox.manifest;

import java.util.List;

/**
 * One file, read.
 *
 * @param path relative to the folder
 * @param objects the good documents
 * @param problems the others
 * @param ignored objects of kinds that the sandbox does not act on, as {@code apiVersion/kind},
 *     with their origin
 * @param broken whether at least one document could not be used
 */
record ManifestFile(
        String path,
        List<KubeObject> objects,
        List<Problem> problems,
        List<Ignored> ignored,
        boolean broken) {
    ManifestFile {
        objects = List.copyOf(objects);
        problems = List.copyOf(problems);
        ignored = List.copyOf(ignored);
    }

    record Ignored(String apiVersion, String kind, Origin origin) {}
}
