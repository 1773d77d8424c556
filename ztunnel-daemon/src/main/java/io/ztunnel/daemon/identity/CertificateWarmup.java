package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/**
 * Which workloads' certificates are fetched ahead, and when they are forgotten. Only for shared
 * mode. Callable from any thread.
 */
public final class CertificateWarmup {
    private final CertificateManager manager;
    private final @Nullable String node;

    /**
     * @param node the local one; null: every workload's certificate may be forgotten, none is
     *     fetched ahead
     */
    public CertificateWarmup(CertificateManager manager, @Nullable String node) {
        this.manager = manager;
        this.node = node;
    }

    /** A workload has appeared or changed. */
    public void inserted(Workload workload) {
        boolean tunnelled =
                workload.protocol() == Workload.Protocol.HBONE || workload.nativeTunnel();
        if (workload.node().equals(node) && tunnelled) {
            manager.prefetch(workload.identity());
        }
    }

    /** Asked after a workload is gone. */
    public interface LocalIdentities {
        /** Whether a workload of that identity is still on the node. */
        boolean contains(Identity identity);
    }

    /** A workload is gone for good; an update that replaces it is none. */
    public void removed(Workload workload, LocalIdentities remaining) {
        boolean local = node == null || workload.node().equals(node);
        Identity identity = workload.identity();
        if (local && !remaining.contains(identity)) {
            manager.forget(identity);
        }
    }
}
