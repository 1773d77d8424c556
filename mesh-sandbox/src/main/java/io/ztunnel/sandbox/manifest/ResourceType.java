package io.ztunnel.sandbox.manifest;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A kind of object under the names that people type: {@code svc}, {@code service}, {@code services}
 * or {@code services.core}.
 *
 * @param plural as messages have it
 * @param shortNames what kubectl also takes
 */
public record ResourceType(
        String kind, String plural, List<String> shortNames, String group, boolean namespaced) {
    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final String NETWORKING = "networking.istio.io";
    private static final String SECURITY = "security.istio.io";

    public static final List<ResourceType> ALL =
            List.of(
                    type("Namespace", "namespaces", "ns", "", false),
                    type("Node", "nodes", "no", "", false),
                    type("ServiceAccount", "serviceaccounts", "sa", "", true),
                    type("ConfigMap", "configmaps", "cm", "", true),
                    type("Service", "services", "svc", "", true),
                    type("Pod", "pods", "po", "", true),
                    type("Deployment", "deployments", "deploy", "apps", true),
                    type("ReplicaSet", "replicasets", "rs", "apps", true),
                    type("StatefulSet", "statefulsets", "sts", "apps", true),
                    type("DaemonSet", "daemonsets", "ds", "apps", true),
                    type("EndpointSlice", "endpointslices", "", "discovery.k8s.io", true),
                    type("GatewayClass", "gatewayclasses", "gc", GATEWAY_API, false),
                    type("Gateway", "gateways", "gtw", GATEWAY_API, true),
                    type("HTTPRoute", "httproutes", "", GATEWAY_API, true),
                    type("ReferenceGrant", "referencegrants", "refgrant", GATEWAY_API, true),
                    type("ServiceEntry", "serviceentries", "se", NETWORKING, true),
                    type("WorkloadEntry", "workloadentries", "we", NETWORKING, true),
                    type("AuthorizationPolicy", "authorizationpolicies", "ap", SECURITY, true),
                    type("PeerAuthentication", "peerauthentications", "pa", SECURITY, true));

    public ResourceType {
        shortNames = List.copyOf(shortNames);
    }

    /** In any case; empty for what the sandbox has no such objects of. */
    public static Optional<ResourceType> named(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return ALL.stream().filter(type -> type.isCalled(name)).findFirst();
    }

    static Optional<ResourceType> of(String group, String kind) {
        return ALL.stream()
                .filter(type -> type.group.equals(group) && type.kind.equals(kind))
                .findFirst();
    }

    /** {@code service}, {@code gateway.gateway.networking.k8s.io}: as kubectl answers. */
    public String singular() {
        String lower = kind.toLowerCase(Locale.ROOT);
        return group.isEmpty() ? lower : lower + "." + group;
    }

    /** {@code services}, {@code gateways.gateway.networking.k8s.io}. */
    public String qualified() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    private boolean isCalled(String name) {
        return name.equals(plural)
                || name.equals(kind.toLowerCase(Locale.ROOT))
                || shortNames.contains(name)
                || name.equals(qualified())
                || name.equals(singular());
    }

    private static ResourceType type(
            String kind, String plural, String shortName, String group, boolean namespaced) {
        List<String> names = shortName.isEmpty() ? List.of() : List.of(shortName);
        return new ResourceType(kind, plural, names, group, namespaced);
    }
}
