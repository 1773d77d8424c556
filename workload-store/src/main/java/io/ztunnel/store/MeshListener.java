package io.ztunnel.store;

import java.util.List;

/**
 * Told of what a batch changed, after it is visible, on the thread that applied it. Must not block
 * and must not apply another batch from within. What it throws is logged and stops nobody else.
 */
public interface MeshListener {
    /** Workloads of this node that were added or replaced; at least one. */
    default void localWorkloadsPut(MeshView view, List<Workload> workloads) {}

    /**
     * A workload of this node takes HBONE and so will soon need its certificate. Told again
     * whenever such a workload is sent again; once for each identity of a batch. Never without a
     * node name: then nothing tells which of the mesh's workloads will ever run here.
     */
    default void localIdentityNeeded(Identity identity) {}

    /** No workload of this node runs as this namespace and service account any longer. */
    default void localIdentityGone(Identity identity) {}

    /** At least one policy was put or removed. */
    default void policiesChanged(MeshView view) {}
}
