package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A Gateway that makes a waypoint, as {@code istioctl waypoint generate} writes it.
 *
 * @param traffic what it is for, or "" for the default of its class
 */
record WaypointGateway(String namespace, String name, String traffic) {
    static final String GROUP = "gateway.networking.k8s.io";
    static final String CLASS = "istio-waypoint";
    private static final Set<String> TRAFFIC = Set.of("", "service", "workload", "all", "none");

    WaypointGateway {
        if (!TRAFFIC.contains(traffic)) {
            throw new IllegalArgumentException(
                    "invalid traffic type: "
                            + traffic
                            + ". Valid options are: service, workload, all, none");
        }
    }

    ObjectName object() {
        return new ObjectName(GROUP, "Gateway", namespace, name);
    }

    Tree tree() {
        TreeEditor edit =
                Tree.EMPTY
                        .edit()
                        .set(GROUP + "/v1", "apiVersion")
                        .set("Gateway", "kind")
                        .set(name, "metadata", "name")
                        .set(namespace, "metadata", "namespace");
        if (!traffic.isEmpty()) {
            edit.set(traffic, "metadata", "labels", "istio.io/waypoint-for");
        }
        Map<String, Object> listener = new LinkedHashMap<>();
        listener.put("name", "mesh");
        listener.put("port", 15008L);
        listener.put("protocol", "HBONE");
        return edit.set(CLASS, "spec", "gatewayClassName")
                .set(List.of(listener), "spec", "listeners")
                .build();
    }
}
