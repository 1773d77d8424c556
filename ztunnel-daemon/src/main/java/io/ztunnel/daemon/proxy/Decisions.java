package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NameSource;
import io.ztunnel.store.NotingView;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Decides on the mesh as it is known. Where it is learned on demand, what a decision misses is
 * asked for, and then it is made again: a service may lead to a waypoint, and that to a gateway.
 * Otherwise a decision is a call and no more.
 */
public final class Decisions {
    /** Longer chains of references have no use. */
    private static final int MAX_ROUNDS = 8;

    private final MeshStore mesh;
    private final @Nullable NameSource names;

    /**
     * @param names null where all of the mesh is told anyway
     */
    public Decisions(MeshStore mesh, @Nullable NameSource names) {
        this.mesh = mesh;
        this.names = names;
    }

    /**
     * Exactly one of the two is told, before this returns or later on the loop; what the decision
     * throws before this returns is thrown.
     *
     * @param loop where the caller is
     * @param decision a function of the view; may be called several times
     * @param failed told {@link NameSource.UnansweredException} when nobody says whether what the
     *     decision needs exists
     */
    <T> void decide(
            EventLoop loop,
            Function<MeshView, T> decision,
            Consumer<T> next,
            Consumer<Throwable> failed) {
        if (names == null) {
            next.accept(decision.apply(mesh.view()));
        } else {
            new Round<>(names, loop, decision, next, failed).run();
        }
    }

    /**
     * For what is only told, in logs and metrics, and may go on without.
     *
     * @param reading looks up what it would like to be known
     */
    void learn(EventLoop loop, Consumer<MeshView> reading, Runnable next) {
        if (names == null) {
            next.run();
            return;
        }
        decide(
                loop,
                view -> {
                    reading.accept(view);
                    return view;
                },
                read -> next.run(),
                unanswered -> next.run());
    }

    private final class Round<T> {
        private final NameSource source;
        private final EventLoop loop;
        private final Function<MeshView, T> decision;
        private final Consumer<T> next;
        private final Consumer<Throwable> failed;
        private final Set<String> asked = new HashSet<>();
        private int rounds;

        Round(
                NameSource source,
                EventLoop loop,
                Function<MeshView, T> decision,
                Consumer<T> next,
                Consumer<Throwable> failed) {
            this.source = source;
            this.loop = loop;
            this.decision = decision;
            this.next = next;
            this.failed = failed;
        }

        void run() {
            while (true) {
                NotingView view = new NotingView(mesh.view());
                T decided = decision.apply(view);
                Set<String> missed = view.missed();
                missed.removeAll(asked);
                if (missed.isEmpty() || ++rounds > MAX_ROUNDS) {
                    next.accept(decided);
                    return;
                }
                asked.addAll(missed);
                CompletableFuture<Void> answer = source.fetch(missed).toCompletableFuture();
                if (!answer.isDone()) {
                    var _ =
                            answer.whenComplete(
                                    (done, error) -> loop.execute(() -> answered(error)));
                    return;
                }
                if (answer.isCompletedExceptionally()) {
                    failed.accept(answer.exceptionNow());
                    return;
                }
            }
        }

        private void answered(@Nullable Throwable error) {
            if (error != null) {
                failed.accept(error);
                return;
            }
            try {
                run();
            } catch (RuntimeException e) {
                failed.accept(e);
            }
        }
    }
}
