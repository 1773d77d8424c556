package io.ztunnel.sandbox.manifest;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kinds of object that the sandbox acts on. Their order is the order in which objects are
 * listed and written: what others refer to comes first.
 */
public enum Kind {
    NAMESPACE("Namespace", false, ""),
    NODE("Node", false, ""),
    CONFIG_MAP("ConfigMap", true, ""),
    SERVICE_ACCOUNT("ServiceAccount", true, ""),
    SERVICE("Service", true, ""),
    DEPLOYMENT("Deployment", true, "apps"),
    REPLICA_SET("ReplicaSet", true, "apps"),
    STATEFUL_SET("StatefulSet", true, "apps"),
    DAEMON_SET("DaemonSet", true, "apps"),
    POD("Pod", true, ""),
    ENDPOINT_SLICE("EndpointSlice", true, "discovery.k8s.io"),
    SERVICE_ENTRY("ServiceEntry", true, "networking.istio.io"),
    WORKLOAD_ENTRY("WorkloadEntry", true, "networking.istio.io"),
    GATEWAY_CLASS("GatewayClass", false, "gateway.networking.k8s.io"),
    GATEWAY("Gateway", true, "gateway.networking.k8s.io"),
    HTTP_ROUTE("HTTPRoute", true, "gateway.networking.k8s.io"),
    REFERENCE_GRANT("ReferenceGrant", true, "gateway.networking.k8s.io"),
    AUTHORIZATION_POLICY("AuthorizationPolicy", true, "security.istio.io"),
    PEER_AUTHENTICATION("PeerAuthentication", true, "security.istio.io");

    private static final List<String> VERSIONS = List.of("v1", "v1beta1", "v1alpha3");

    private final String text;
    private final boolean namespaced;
    private final String group;

    Kind(String text, boolean namespaced, String group) {
        this.text = text;
        this.namespaced = namespaced;
        this.group = group;
    }

    /** As a manifest spells it. */
    public String text() {
        return text;
    }

    public boolean namespaced() {
        return namespaced;
    }

    /** "" for the core group. */
    public String group() {
        return group;
    }

    /** The version that generated objects carry, {@code apps/v1} for example. */
    public String apiVersion() {
        return group.isEmpty() ? "v1" : group + "/v1";
    }

    /** Empty for kinds, groups and versions that the sandbox does not act on. */
    public static Optional<Kind> of(String apiVersion, String text) {
        int slash = apiVersion.indexOf('/');
        String group = slash < 0 ? "" : apiVersion.substring(0, slash);
        String version = apiVersion.substring(slash + 1);
        return Arrays.stream(values())
                .filter(k -> k.text.equals(text) && k.group.equals(group))
                .filter(k -> k.group.isEmpty() ? version.equals("v1") : VERSIONS.contains(version))
                .findFirst();
    }

    @Override
    public String toString() {
        return text;
    }
}
