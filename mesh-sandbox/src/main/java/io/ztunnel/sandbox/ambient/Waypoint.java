package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.List;
import java.util.Optional;

/**
 * A Gateway that traffic can be sent through.
 *
 * @param address where ztunnel finds it; empty when the Gateway's status names none that ztunnel
 *     could use
 * @param binding how its pods want traffic if they are captured themselves
 * @param serviceAccounts of its pods, sorted
 */
record Waypoint(
        String namespace,
        String name,
        Optional<GatewayAddress> address,
        TrafficType trafficType,
        Optional<InboundBinding> binding,
        AllowedRoutes allowedRoutes,
        List<String> serviceAccounts) {
    /** Whatever the listener says, ztunnel is told this port. */
    static final int HBONE_PORT = 15008;

    /** What may be bound to a waypoint. */
    enum TrafficType {
        SERVICE,
        WORKLOAD,
        ALL,
        /** Also stands for every value that Istio does not know. */
        NOTHING;

        static TrafficType of(String label) {
            return switch (label) {
                case "service" -> SERVICE;
                case "workload" -> WORKLOAD;
                case "all" -> ALL;
                default -> NOTHING;
            };
        }

        boolean servesServices() {
            return this == SERVICE || this == ALL;
        }

        boolean servesWorkloads() {
            return this == WORKLOAD || this == ALL;
        }
    }

    String key() {
        return namespace + "/" + name;
    }

    /**
     * @param subject Namespace of the object that is to be bound
     */
    boolean admits(KubeObject subject) {
        return allowedRoutes.admits(namespace, subject);
    }
}
