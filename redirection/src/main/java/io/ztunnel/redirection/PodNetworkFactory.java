package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

/** Wraps the namespace of a pod; it makes no system call, so that it cannot fail. */
@FunctionalInterface
public interface PodNetworkFactory {
    /**
     * @param namespace owned by the network from now on
     */
    PodNetwork open(NetworkNamespace namespace);

    /** Networks for pods, all set up alike. */
    static PodNetworkFactory with(SocketSettings settings) {
        return namespace -> new NamespaceNetwork(namespace, settings);
    }
}
