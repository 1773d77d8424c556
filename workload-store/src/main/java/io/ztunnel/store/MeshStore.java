package io.ztunnel.store;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Holds the current {@link MeshView}. One thread at a time applies batches, each at a cost that
 * grows with the batch and not with the mesh; any thread reads, without locks.
 */
public final class MeshStore {
    private static final Logger LOG = LoggerFactory.getLogger(MeshStore.class);

    private final @Nullable String nodeName;
    private final List<MeshListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean();
    private volatile MeshState state = MeshState.EMPTY;

    /**
     * @param nodeName the node whose workloads are local; null makes every workload local
     */
    public MeshStore(@Nullable String nodeName) {
        this.nodeName = nodeName;
    }

    /** The mesh as of now; keep the view for one decision, not for longer. */
    public MeshView view() {
        return state;
    }

    /** Listeners are told in the order in which they were added. */
    public void addListener(MeshListener listener) {
        listeners.add(listener);
    }

    public void removeListener(MeshListener listener) {
        listeners.remove(listener);
    }

    /**
     * Makes a batch visible and then tells the listeners.
     *
     * @throws IllegalStateException when another batch is being applied, be it by another thread or
     *     by the caller of this listener
     */
    public void apply(MeshUpdate update) {
        if (!writing.compareAndSet(false, true)) {
            throw new IllegalStateException("the store has one writer; a batch is being applied");
        }
        try {
            MeshBatch batch = new MeshBatch(state, nodeName);
            MeshState applied = batch.apply(update);
            state = applied;
            for (MeshListener listener : listeners) {
                try {
                    batch.tell(listener, applied);
                } catch (RuntimeException e) {
                    LOG.error("a listener of the store failed", e);
                }
            }
        } finally {
            writing.set(false);
        }
    }
}
