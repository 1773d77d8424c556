package io.ztunnel.sandbox.process;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A program that is started, and started again when it ends, until it is stopped. Methods may be
 * called by any thread; what they cause happens on the given executor, which has one thread.
 */
public final class KeptProcess {
    /** What happens to the program; called on the executor. */
    public interface Listener {
        void started(KeptProcess process, long pid);

        /**
         * It ended, or could not be started, without having been asked to.
         *
         * @param how "exit status 1" or why it could not be started
         * @param pause after which it is tried again
         */
        void failed(KeptProcess process, String how, Duration pause);
    }

    private final ProcessSpec spec;
    private final Spawner spawner;
    private final ScheduledExecutorService executor;
    private final Listener listener;
    private final Backoff backoff;

    private volatile @Nullable Process running;
    private @Nullable Future<?> next;
    private boolean wanted;
    private int failures;
    private int starts;
    private long startedAt;

    public KeptProcess(
            ProcessSpec spec,
            Spawner spawner,
            ScheduledExecutorService executor,
            Listener listener) {
        this(spec, spawner, executor, listener, Backoff.DEFAULT);
    }

    KeptProcess(
            ProcessSpec spec,
            Spawner spawner,
            ScheduledExecutorService executor,
            Listener listener,
            Backoff backoff) {
        this.spec = spec;
        this.spawner = spawner;
        this.executor = executor;
        this.listener = listener;
        this.backoff = backoff;
    }

    public ProcessSpec spec() {
        return spec;
    }

    /** Starts it unless it runs or is about to. */
    public void start() {
        executor.execute(
                () -> {
                    if (!wanted) {
                        wanted = true;
                        failures = 0;
                        launch();
                    }
                });
    }

    /**
     * Asks it to end with SIGTERM and kills it when it has not within the grace.
     *
     * @return completes when it is gone
     */
    public CompletableFuture<Void> stop(Duration grace) {
        return end(grace, Process::destroy);
    }

    /**
     * As {@link #stop}, but somebody else has asked it, or will.
     *
     * @return completes when it is gone
     */
    public CompletableFuture<Void> awaitEnd(Duration grace) {
        return end(grace, process -> {});
    }

    private CompletableFuture<Void> end(Duration grace, Consumer<Process> ask) {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        executor.execute(
                () -> {
                    wanted = false;
                    if (next != null) {
                        next.cancel(false);
                        next = null;
                    }
                    Process process = running;
                    if (process == null) {
                        gone.complete(null);
                    } else {
                        ask.accept(process);
                        end(process, grace, gone);
                    }
                });
        return gone;
    }

    private void end(Process process, Duration grace, CompletableFuture<Void> gone) {
        Future<?> kill =
                executor.schedule(
                        () -> {
                            process.destroyForcibly();
                        },
                        grace.toMillis(),
                        TimeUnit.MILLISECONDS);
        var _ =
                process.onExit()
                        .thenRun(
                                () -> {
                                    kill.cancel(false);
                                    gone.complete(null);
                                });
    }

    /** The number of the process while it runs. */
    public OptionalLong pid() {
        Process process = running;
        return process != null && process.isAlive()
                ? OptionalLong.of(process.pid())
                : OptionalLong.empty();
    }

    /** Whether anything listens on all these ports in its namespace while it runs. */
    public boolean listensOn(Collection<Integer> ports, Path namespace) {
        OptionalLong pid = pid();
        if (pid.isEmpty()) {
            return false;
        }
        return ListeningPorts.of(pid.getAsLong(), namespace).containsAll(ports);
    }

    /** How often it was started again since it was first; on the executor only. */
    public int restarts() {
        return Math.max(0, starts - 1);
    }

    private void launch() {
        next = null;
        starts++;
        startedAt = System.nanoTime();
        Process process;
        try {
            process = spawner.start(spec);
        } catch (IOException failed) {
            ended(String.valueOf(failed.getMessage()));
            return;
        }
        running = process;
        listener.started(this, process.pid());
        var _ =
                process.onExit()
                        .thenAcceptAsync(
                                exited -> {
                                    if (exited.equals(running)) {
                                        running = null;
                                        ended("exit status " + exited.exitValue());
                                    }
                                },
                                executor);
    }

    private void ended(String how) {
        if (!wanted) {
            return;
        }
        boolean wasStable = System.nanoTime() - startedAt > backoff.stable().toNanos();
        failures = wasStable ? 1 : failures + 1;
        Duration pause = backoff.pause(failures);
        next = executor.schedule(this::launch, pause.toMillis(), TimeUnit.MILLISECONDS);
        listener.failed(this, how, pause);
    }
}
