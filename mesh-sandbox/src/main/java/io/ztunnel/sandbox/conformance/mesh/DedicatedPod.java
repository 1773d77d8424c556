package io.ztunnel.sandbox.conformance.mesh;

import io.netty.util.NetUtil;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.RedirectionOptions;
import io.ztunnel.redirection.RedirectionRules;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec.PodSpec;
import io.ztunnel.sandbox.net.SandboxNetwork;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Map;

/** A pod with a ztunnel of its own inside: there is no node agent that would redirect for it. */
record DedicatedPod(PodSpec pod, String namespace) {
    /** Marks what ztunnel itself sends, so that it is not captured again. */
    private static final String MARK = "1337";

    void configure(Map<String, String> environment) {
        environment.put("PROXY_MODE", "dedicated");
        environment.put(
                "PROXY_WORKLOAD_INFO",
                pod.namespace() + "/" + pod.name() + "/" + pod.serviceAccount());
        environment.putIfAbsent("PACKET_MARK", MARK);
        environment.remove("INPOD_UDS");
    }

    /**
     * Has the pod's traffic captured, except for what goes to the control plane: those connections
     * are ztunnel's, and ztunnel does not mark them.
     */
    void redirect(SandboxNetwork network, InetAddress controlPlane, boolean ipv6)
            throws IOException {
        network.addRules(
                namespace,
                """
                table inet dedicated {
                  chain output {
                    type route hook output priority -200;
                    %s daddr %s meta mark set %s
                  }
                }
                """
                        .formatted(
                                controlPlane instanceof Inet6Address ? "ip6" : "ip",
                                NetUtil.toAddressString(controlPlane),
                                MARK));
        try (NetworkNamespace space = NetworkNamespace.named(namespace)) {
            RedirectionRules.apply(
                    space, RedirectionOptions.defaults().withIpv6(ipv6).withDnsCapture(false));
        }
    }
}
