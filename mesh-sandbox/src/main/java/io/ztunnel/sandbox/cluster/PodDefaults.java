package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.util.List;

/** What the apiserver fills into pods. */
final class PodDefaults {
    private PodDefaults() {}

    static String serviceAccount(KubeObject pod) {
        String name = pod.spec().text("serviceAccountName");
        String old = pod.spec().text("serviceAccount"); // the name before 1.0, still accepted
        return !name.isEmpty() ? name : !old.isEmpty() ? old : "default";
    }

    static void apply(KubeObject pod, TreeEditor edit) {
        edit.set(serviceAccount(pod), "spec", "serviceAccountName")
                .setIfAbsent("Always", "spec", "restartPolicy")
                .set(containers(pod, "containers"), "spec", "containers");
        if (pod.spec().has("initContainers")) {
            edit.set(containers(pod, "initContainers"), "spec", "initContainers");
        }
    }

    private static List<Tree> containers(KubeObject pod, String field) {
        return pod.spec().trees(field).stream()
                .map(
                        container ->
                                container.has("ports")
                                        ? container.edit().set(ports(container), "ports").build()
                                        : container)
                .toList();
    }

    private static List<Tree> ports(Tree container) {
        return container.trees("ports").stream()
                .map(port -> port.edit().setIfAbsent("TCP", "protocol").build())
                .toList();
    }
}
