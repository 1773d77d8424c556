package io.ztunnel.sandbox.manifest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The objects of a text as they are written, of whatever kind. */
public final class ManifestDocuments {
    private ManifestDocuments() {}

    /**
     * In their order; lists become their items, and what is no object is left out.
     *
     * @param file its name says whether it is JSON
     */
    public static List<Tree> read(String file, String text) {
        List<Tree> objects = new ArrayList<>();
        for (String document : ManifestText.split(ManifestText.readable(file, text))) {
            ManifestText.tree(document).ifPresent(tree -> objects.addAll(objects(tree)));
        }
        return objects;
    }

    public static boolean isManifest(Path file) {
        return ManifestLoader.isManifestFile(file);
    }

    private static List<Tree> objects(Tree document) {
        return document.has("items") ? document.trees("items") : List.of(document);
    }
}
