package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The manifests that the sandbox ships, and the steps that a reader takes with them. */
public final class Bookinfo {
    private static final Path RESOURCES = Path.of("src/main/resources");

    private Bookinfo() {}

    /** As shipped: nobody enrolled, no waypoint. */
    public static List<KubeObject> plain() {
        return load("bookinfo");
    }

    /** Bookinfo and the client in the mesh, the waypoint there and in use. */
    public static List<KubeObject> throughTheWaypoint() {
        List<KubeObject> objects = new ArrayList<>();
        for (KubeObject object : plain()) {
            objects.add(
                    switch (object.key().toString()) {
                        case "Namespace/bookinfo" ->
                                labelled(
                                        object,
                                        Map.of(
                                                "istio.io/dataplane-mode",
                                                "ambient",
                                                "istio.io/use-waypoint",
                                                "waypoint"));
                        case "Namespace/client" ->
                                labelled(object, Map.of("istio.io/dataplane-mode", "ambient"));
                        default -> object;
                    });
        }
        objects.addAll(load("waypoint"));
        return objects;
    }

    public static KubeObject labelled(KubeObject object, Map<String, String> labels) {
        return object.with(
                edit -> labels.forEach((key, value) -> edit.set(value, "metadata", "labels", key)));
    }

    private static List<KubeObject> load(String folder) {
        ManifestSet set = ManifestLoader.load(RESOURCES.resolve(folder));
        if (!set.problems().isEmpty()) {
            throw new AssertionError(set.problems());
        }
        return set.objects();
    }
}
