package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.net.NodeLink;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a process of the sandbox finds in its environment. */
public final class ZtunnelEnvironment {
    public static final String CLUSTER_ID = "Kubernetes";

    /** Taken over from whoever runs the sandbox, for debugging. */
    private static final List<String> INHERITED = List.of("RUST_LOG", "ZTUNNEL_JAVA_OPTS", "TZ");

    private ZtunnelEnvironment() {}

    /**
     * The public contract of a ztunnel, as istio's chart fills it in.
     *
     * @param dnsCapture whether it answers its pods' DNS
     */
    public static Map<String, String> of(
            NodeLink node, StateDirectory state, String controlPlane, boolean dnsCapture) {
        Map<String, String> environment = base();
        for (String name : INHERITED) {
            String value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        environment.put("PROXY_MODE", "shared");
        environment.put("NODE_NAME", node.name());
        environment.put("POD_NAME", "ztunnel-" + node.name());
        environment.put("POD_NAMESPACE", "istio-system");
        environment.put("SERVICE_ACCOUNT", "ztunnel");
        environment.put("INSTANCE_IP", Literals.text(node.addresses().getFirst()));
        environment.put("INPOD_UDS", state.agentSocket(node.name()).toString());
        environment.put("XDS_ADDRESS", "https://" + controlPlane);
        environment.put("CA_ADDRESS", "https://" + controlPlane);
        environment.put("XDS_ROOT_CA", state.rootCertificate().toString());
        environment.put("CA_ROOT_CA", state.rootCertificate().toString());
        environment.put("AUTH_TOKEN", state.nodeToken(node.name()).toString());
        environment.put("ISTIO_META_CLUSTER_ID", CLUSTER_ID);
        environment.put("CLUSTER_ID", CLUSTER_ID);
        environment.put("ISTIO_META_DNS_CAPTURE", Boolean.toString(dnsCapture));
        environment.put("TERMINATION_GRACE_PERIOD_SECONDS", "5");
        return environment;
    }

    /** What any program needs. */
    static Map<String, String> base() {
        Map<String, String> environment = new TreeMap<>();
        environment.put(
                "PATH", System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
        environment.put("HOME", "/root");
        environment.put("LANG", "C.UTF-8");
        return environment;
    }
}
