package io.ztunnel.daemon.proxy;

/** Something of a pod that must be told when the pod or the process ends. Called from any thread. */
interface LiveConnection {
    /** No new streams; goes on until it ends by itself. A no-op for single connections. */
    void drain();

    /** Cuts it now. */
    void abort(Throwable cause);
}
