package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.util.List;

/**
 * What the apiserver fills into EndpointSlices, and what the endpoint controller knows of a pod
 * that the author of a manifest cannot: its uid.
 */
final class SliceDefaults {
    private SliceDefaults() {}

    static void complete(Draft draft) {
        for (KubeObject slice : draft.all(Kind.ENDPOINT_SLICE)) {
            List<Tree> endpoints =
                    slice.tree().trees("endpoints").stream()
                            .map(endpoint -> endpoint(draft, slice, endpoint))
                            .toList();
            List<Tree> ports =
                    slice.tree().trees("ports").stream()
                            .map(
                                    port ->
                                            port.edit()
                                                    .setIfAbsent("", "name")
                                                    .setIfAbsent("TCP", "protocol")
                                                    .build())
                            .toList();
            draft.put(slice.with(edit -> edit.set(endpoints, "endpoints").set(ports, "ports")));
        }
    }

    private static Tree endpoint(Draft draft, KubeObject slice, Tree endpoint) {
        if (!endpoint.text("targetRef", "kind").equals("Pod")) {
            return endpoint;
        }
        TreeEditor edit = endpoint.edit().setIfAbsent(slice.namespace(), "targetRef", "namespace");
        draft.find(
                        Kind.POD,
                        edit.view().text("targetRef", "namespace"),
                        endpoint.text("targetRef", "name"))
                .map(pod -> pod.tree().text("metadata", "uid"))
                .filter(uid -> !uid.isEmpty())
                .ifPresent(uid -> edit.setIfAbsent(uid, "targetRef", "uid"));
        return edit.build();
    }
}
