package io.ztunnel.redirection;

import java.util.concurrent.CompletionStage;

/** The running proxies of one pod. */
public interface PodProxy {
    enum Drain {
        /** The pod is gone: close listeners and connections now. */
        IMMEDIATE,
        /** The process ends: close listeners now, let connections finish within the deadline. */
        GRACEFUL
    }

    /**
     * Returns at once. Idempotent; IMMEDIATE after GRACEFUL hurries it up.
     *
     * @return completes when every socket of the pod is closed
     */
    CompletionStage<Void> drain(Drain how);
}
