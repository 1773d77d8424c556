package io.ztunnel.daemon.dns;

import io.netty.channel.EventLoop;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The workload whose pod asks. While the mesh does not know it, all questions wait together, so
 * that a pod which asks much takes one place among the node's waiting only. Confined to one loop.
 */
final class OwnWorkload {
    private final EventLoop loop;
    private final Supplier<? extends CompletionStage<Workload>> source;
    private @Nullable List<Consumer<@Nullable Workload>> waiting;

    /**
     * @param source waits for as long as it should take; may complete on any thread
     */
    OwnWorkload(EventLoop loop, Supplier<? extends CompletionStage<Workload>> source) {
        this.loop = loop;
        this.source = source;
    }

    /**
     * @return null when the mesh does not know it now; then a wait has begun
     */
    @Nullable Workload known() {
        if (waiting != null) {
            return null;
        }
        CompletableFuture<Workload> own = source.get().toCompletableFuture();
        if (own.isDone() && !own.isCompletedExceptionally()) {
            return own.join();
        }
        waiting = new ArrayList<>();
        var _ =
                own.whenComplete(
                        (workload, unknown) ->
                                loop.execute(() -> tell(unknown == null ? workload : null)));
        return null;
    }

    /**
     * @param then called on the loop, before or after this method has returned; with null when the
     *     mesh has not told of the workload in time
     */
    void get(Consumer<@Nullable Workload> then) {
        Workload own = known();
        List<Consumer<@Nullable Workload>> others = waiting;
        if (own != null) {
            then.accept(own);
        } else if (others != null) {
            others.add(then);
        }
    }

    private void tell(@Nullable Workload workload) {
        List<Consumer<@Nullable Workload>> told = waiting;
        waiting = null;
        if (told != null) {
            told.forEach(each -> each.accept(workload));
        }
    }
}
