package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Waits until the mesh knows a pod of this node: the pod may open its first connection before the
 * control plane has told of it. Callable from any thread; never blocks.
 */
public final class WorkloadWaiter implements AutoCloseable {
    private final MeshStore store;
    private final ScheduledExecutorService scheduler;
    private final int maxWaiting;
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private final MeshListener listener =
            new MeshListener() {
                @Override
                public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                    waiting.forEach(w -> w.check(view));
                }
            };

    /**
     * @param scheduler runs the deadlines; not owned
     * @param maxWaiting further waits fail at once, so that a pod which the mesh never hears of
     *     cannot pile up connections here
     */
    public WorkloadWaiter(MeshStore store, ScheduledExecutorService scheduler, int maxWaiting) {
        this.store = store;
        this.scheduler = scheduler;
        this.maxWaiting = maxWaiting;
        store.addListener(listener);
    }

    /**
     * @return completed at once when the pod is known; otherwise on the store's writer thread when
     *     it becomes known, or on the scheduler with {@link UnknownWorkloadException} after the
     *     deadline. Cancel it when nobody waits any longer
     */
    public CompletableFuture<Workload> await(PodReference pod, Duration deadline) {
        Workload known = store.view().localWorkload(pod);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        if (waiting.size() >= maxWaiting) {
            return CompletableFuture.failedFuture(
                    new UnknownWorkloadException(
                            pod, "and " + maxWaiting + " others wait already"));
        }
        Waiting waiter = new Waiting(pod);
        waiting.add(waiter);
        waiter.startDeadline(deadline);
        // A batch may have been applied between the first look and the registration.
        waiter.check(store.view());
        return waiter.result;
    }

    /** The number of waits under way. */
    public int waiting() {
        return waiting.size();
    }

    /** Fails every wait; further ones wait for their deadline in vain. */
    @Override
    public void close() {
        store.removeListener(listener);
        waiting.forEach(w -> w.fail("and this process is shutting down"));
    }

    private final class Waiting {
        private final PodReference pod;
        private final CompletableFuture<Workload> result = new CompletableFuture<>();

        Waiting(PodReference pod) {
            this.pod = pod;
        }

        void startDeadline(Duration deadline) {
            @Nullable ScheduledFuture<?> timer = null;
            try {
                timer =
                        scheduler.schedule(
                                () -> fail("after waiting for " + deadline.toMillis() + " ms"),
                                deadline.toNanos(),
                                TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                fail("and this process is shutting down");
            }
            ScheduledFuture<?> started = timer;
            var _ =
                    result.whenComplete(
                            (_, _) -> {
                                waiting.remove(this);
                                if (started != null) {
                                    started.cancel(false);
                                }
                            });
        }

        void check(MeshView view) {
            Workload workload = view.localWorkload(pod);
            if (workload != null) {
                result.complete(workload);
            }
        }

        void fail(String circumstance) {
            result.completeExceptionally(new UnknownWorkloadException(pod, circumstance));
        }
    }

    /** The mesh did not tell of a pod of this node in time. */
    public static final class UnknownWorkloadException extends Exception {
        private static final long serialVersionUID = 1;

        private UnknownWorkloadException(PodReference pod, String circumstance) {
            super(
                    "no workload of this node is pod "
                            + pod.namespace()
                            + "/"
                            + pod.name()
                            + " with service account "
                            + pod.serviceAccount()
                            + ", "
                            + circumstance);
        }
    }
}
