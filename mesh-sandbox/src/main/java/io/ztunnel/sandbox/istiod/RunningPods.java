package io.ztunnel.sandbox.istiod;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which service accounts run on which node. Replaced as a whole; safe for use from any thread. */
final class RunningPods implements Impersonation {
    private record Place(String node, String namespace, String serviceAccount) {}

    private volatile Set<Place> places = Set.of();

    void replace(List<KubeObject> objects) {
        Set<Place> next = new HashSet<>();
        for (KubeObject object : objects) {
            if (object.kind() == Kind.POD && !object.status().text("phase").equals("Failed")) {
                next.add(
                        new Place(
                                object.spec().text("nodeName"),
                                object.namespace(),
                                object.spec().text("serviceAccountName")));
            }
        }
        places = Set.copyOf(next);
    }

    @Override
    public boolean runsOn(String node, String namespace, String serviceAccount) {
        return places.contains(new Place(node, namespace, serviceAccount));
    }
}
