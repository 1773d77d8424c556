package io.ztunnel.daemon.proxy;

/**
 * Something of a pod that must be told when the pod or the process ends. Called from any thread.
 */
interface LiveConnection {
    /** No new streams; goes on until it ends by itself. A no-op for single connections. */
    default void drain() {}

    /**
     * Cuts it now. What is asked of several connections on one loop happens in the order of the
     * calls.
     */
    void abort(Throwable cause);

    /** Certificates may have been revoked. A no-op for what has no peer of its own. */
    default void recheckCertificates() {}

    /** Whether it is one more of those that a pod may have only so many of. */
    default boolean counts() {
        return true;
    }

    /** Whether it comes over a tunnel of the pod: that is drained, not the streams in it. */
    default boolean isTunnelled() {
        return false;
    }

    /** Whether other connections travel in it, which are then to be cut before it. */
    default boolean isTunnel() {
        return false;
    }
}
