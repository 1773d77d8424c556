package io.ztunnel.sandbox.ambient;

import java.util.Map;

/** What the labels of one object say of a waypoint. */
sealed interface UseWaypoint {
    String LABEL = "istio.io/use-waypoint";
    String NAMESPACE_LABEL = "istio.io/use-waypoint-namespace";
    String OPT_OUT = "none";

    record NotSet() implements UseWaypoint {}

    record OptOut() implements UseWaypoint {}

    record Reference(String namespace, String name) implements UseWaypoint {
        String key() {
            return namespace + "/" + name;
        }
    }

    /**
     * Both labels are read from the same object. An empty name is a reference to nothing, not the
     * absence of one.
     *
     * @param defaultNamespace that of the object which is to be bound
     */
    static UseWaypoint of(Map<String, String> labels, String defaultNamespace) {
        String name = labels.get(LABEL);
        if (name == null) {
            return new NotSet();
        }
        if (name.equals(OPT_OUT)) {
            return new OptOut();
        }
        String namespace = labels.getOrDefault(NAMESPACE_LABEL, "");
        return new Reference(namespace.isEmpty() ? defaultNamespace : namespace, name);
    }
}
