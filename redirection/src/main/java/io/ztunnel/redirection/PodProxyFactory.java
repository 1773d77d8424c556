package io.ztunnel.redirection;

import java.io.IOException;

/** Starts the proxies of a pod; implemented by the daemon. Called on the ZDS thread only. */
public interface PodProxyFactory {
    /**
     * Binds every listener of the pod before it returns. It waits for nothing else: neither for xDS
     * nor for a certificate.
     *
     * @param network the pod's sockets; ownership passes to the proxy, which closes it when drained
     * @throws IOException when a listener cannot be bound; then nothing is left open but {@code
     *     network}, which stays with the caller
     */
    PodProxy start(PodInfo pod, PodNetwork network) throws IOException;
}
