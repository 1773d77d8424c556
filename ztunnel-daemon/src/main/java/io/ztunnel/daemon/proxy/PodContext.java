package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.ztunnel.hbone.Relay;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.PodReference;
import io.ztunnel.store.Workload;

import java.util.concurrent.CompletionStage;

/**
 * What the proxies of one pod share.
 *
 * @param home the loop of the pod's listeners
 */
record PodContext(
        ProxyServices services,
        PodInfo pod,
        PodReference reference,
        PodNetwork network,
        EventLoop home,
        PodLimits limits,
        LiveConnections live) {
    static PodContext of(ProxyServices services, PodInfo pod, PodNetwork network, EventLoop home) {
        PodLimits limits =
                new PodLimits(
                        services.config().podLimits(), pod, services.records(), services.bytes());
        return new PodContext(
                services,
                pod,
                new PodReference(pod.name(), pod.namespace(), pod.serviceAccount()),
                network,
                home,
                limits,
                new LiveConnections(limits));
    }

    /** The pod's own workload, at once where it is known. */
    CompletionStage<Workload> ownWorkload() {
        return services.localWorkloads().await(reference, services.workloadWait());
    }

    /** Has a peer's workload told where the mesh is learned on demand: records name it. */
    void learn(EventLoop loop, IpAddress peer, Runnable next) {
        String network = services.config().mesh().network();
        services.decisions().learn(loop, view -> view.workloadByAddress(network, peer), next);
    }

    /**
     * Whom the pod speaks as: the trust domain is the control plane's word, namespace and service
     * account are the node agent's.
     */
    Identity identity(Workload own) {
        return new Identity(own.trustDomain(), pod.namespace(), pod.serviceAccount());
    }

    /** As {@link Relay#start}; passes on resets where that is asked for. */
    Relay relay(RelayEnd client, RelayEnd server, Relay.Observer observer) {
        return Relay.start(client, server, observer, services.config().behaviour().resetFidelity());
    }
}
