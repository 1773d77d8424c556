package io.ztunnel.sandbox.supervisor;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.NodeAgent;
import io.ztunnel.redirection.NodeAgent.Enrolment;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.RedirectionOptions;

import java.io.IOException;

/** The real node agent. */
public final class AmbientAgent implements CaptureAgent {
    private final NodeAgent agent;
    private final RedirectionOptions options;

    private AmbientAgent(NodeAgent agent, RedirectionOptions options) {
        this.agent = agent;
        this.options = options;
    }

    /**
     * Agents of a sandbox.
     *
     * @param ipv6 whether its pods have IPv6 addresses
     * @param dns whether DNS of its pods goes to ztunnel, unless an annotation says otherwise
     */
    public static Factory factory(boolean ipv6, boolean dns) {
        RedirectionOptions options =
                RedirectionOptions.defaults().withIpv6(ipv6).withDnsCapture(dns);
        return (node, socket) -> new AmbientAgent(NodeAgent.listen(socket), options);
    }

    @Override
    public boolean capture(Pod pod) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.open(pod.namespace())) {
            PodInfo info =
                    new PodInfo(pod.uid(), pod.name(), pod.podNamespace(), pod.serviceAccount());
            RedirectionOptions altered = options.withAnnotations(pod.annotations());
            return agent.capture(info, namespace, altered) == Enrolment.ENABLED;
        }
    }

    @Override
    public void release(Pod pod) throws IOException {
        agent.release(pod.uid());
    }

    @Override
    public void forget(Pod pod) {
        agent.withdraw(pod.uid());
    }

    @Override
    public void close() {
        agent.close();
    }
}
