package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Service;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;

import java.util.Map;

/**
 * A service as ztunnel hears of it, with what decides who belongs to it.
 *
 * @param source the Service it comes from
 * @param selector of pods of its namespace; empty selects none
 */
record MeshService(Service message, KubeObject source, Map<String, String> selector) {
    /** Resource name, and key in a workload's services. */
    String key() {
        return message.getNamespace() + "/" + message.getHostname();
    }

    boolean selects(Map<String, String> labels) {
        return !selector.isEmpty() && LabelSelector.isSubset(selector, labels);
    }
}
