package io.ztunnel.sandbox.manifest;

import java.util.List;

/**
 * What a folder says.
 *
 * @param objects in the order of files and documents, no two with one key
 * @param problems what could not be used, and why
 */
public record ManifestSet(List<KubeObject> objects, List<Problem> problems) {
    public ManifestSet {
        objects = List.copyOf(objects);
        problems = List.copyOf(problems);
    }
}
