package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Service;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.Map;
import java.util.Optional;

/**
 * A service as ztunnel hears of it, with what decides who belongs to it.
 *
 * @param source the Service or ServiceEntry it comes from; an entry gives one for each host
 * @param selector of workloads of its namespace; empty selects none
 * @param waypoint that its traffic goes through
 */
record MeshService(
        Service message,
        KubeObject source,
        Map<String, String> selector,
        Optional<Waypoint> waypoint) {
    /** Resource name, and key in a workload's services. */
    String key() {
        return message.getNamespace() + "/" + message.getHostname();
    }

    boolean isKubernetes() {
        return source.kind() == Kind.SERVICE;
    }

    boolean isCanonicalByRight() {
        return message.getVisibility() != Service.Visibility.NAMESPACE;
    }

    MeshService withCanonical(boolean canonical) {
        return message.getCanonical() == canonical
                ? this
                : new MeshService(
                        message.toBuilder().setCanonical(canonical).build(),
                        source,
                        selector,
                        waypoint);
    }
}
