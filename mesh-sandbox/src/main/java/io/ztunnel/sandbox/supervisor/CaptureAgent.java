package io.ztunnel.sandbox.supervisor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The node agent of one node: hands pods over to the node's ztunnel and takes them back. Called by
 * one thread.
 */
public interface CaptureAgent extends AutoCloseable {
    /**
     * A pod as istio-cni knows it.
     *
     * @param annotations which may alter the redirection
     * @param namespace the file of its network namespace
     */
    record Pod(
            String uid,
            String name,
            String podNamespace,
            String serviceAccount,
            Map<String, String> annotations,
            Path namespace) {}

    /**
     * Redirects the pod's traffic and waits until ztunnel has acknowledged it. Again for a captured
     * pod it changes nothing.
     *
     * @return false when its traffic is redirected but there is no ztunnel to acknowledge
     * @throws IOException when the redirection cannot be made or ztunnel refuses the pod
     */
    boolean capture(Pod pod) throws IOException;

    /** Takes back the redirection and tells ztunnel; nothing for a pod that is not captured. */
    void release(Pod pod) throws IOException;

    /** Tells ztunnel that a pod is gone, before its namespace is; nothing if it never was there. */
    void forget(Pod pod) throws IOException;

    @Override
    void close();

    /** Makes the agent of a node. */
    interface Factory {
        /**
         * @param socket where it is to listen
         */
        CaptureAgent open(String node, Path socket) throws IOException;
    }
}
