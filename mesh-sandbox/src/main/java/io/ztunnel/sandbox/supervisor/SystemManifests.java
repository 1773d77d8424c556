package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Tree;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The control plane's own objects, which users need not write down. */
final class SystemManifests {
    private static final List<KubeObject> BUILT_IN = load();

    private SystemManifests() {}

    /** The user's objects and those built in that the user has not defined. */
    static List<KubeObject> complete(List<KubeObject> user) {
        Set<ObjectKey> defined = new HashSet<>();
        user.forEach(object -> defined.add(object.key()));
        boolean ownControlPlane = user.stream().anyMatch(SystemManifests::runsControlPlane);
        List<KubeObject> all = new ArrayList<>(user);
        for (KubeObject object : BUILT_IN) {
            boolean superseded = object.kind() == Kind.DEPLOYMENT && ownControlPlane;
            if (!superseded && !defined.contains(object.key())) {
                all.add(object);
            }
        }
        return all;
    }

    private static boolean runsControlPlane(KubeObject object) {
        Tree labels =
                object.kind() == Kind.POD
                        ? object.tree().tree("metadata", "labels")
                        : object.spec().tree("template", "metadata", "labels");
        return object.namespace().equals("istio-system") && labels.text("app").equals("istiod");
    }

    private static List<KubeObject> load() {
        try (InputStream in = SystemManifests.class.getResourceAsStream("system.yaml")) {
            if (in == null) {
                throw new IllegalStateException("system.yaml is missing from the program");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            var set = ManifestLoader.parse("<built-in>", text);
            if (!set.problems().isEmpty()) {
                throw new IllegalStateException("built-in manifests: " + set.problems());
            }
            return set.objects();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
