package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.supervisor.CaptureAgent.Pod;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Brings the pods of one node into the state that is wanted, captured or not, trying again with a
 * growing pause. The agent blocks, so this has a thread of its own; nobody waits for it but those
 * who ask to.
 */
final class Captures implements AutoCloseable {
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

    /** Told on the node's capture thread. */
    interface Listener {
        void captured(Pod pod);

        void released(Pod pod);

        /** Told once for failures in a row with one reason. */
        void failed(Pod pod, String action, String why);
    }

    private enum Actual {
        FREE,
        CAPTURED,
        /** An attempt failed midway: rules may be there. */
        UNKNOWN
    }

    private static final class Entry {
        final Pod pod;
        boolean wanted;
        Actual actual = Actual.FREE;
        int failures;
        String told = "";

        Entry(Pod pod) {
            this.pod = pod;
        }
    }

    private final CaptureAgent agent;
    private final Listener listener;
    private final ScheduledExecutorService thread;
    private final Map<String, Entry> entries = new HashMap<>();

    Captures(String node, CaptureAgent agent, Listener listener) {
        this.agent = agent;
        this.listener = listener;
        this.thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("sandbox-capture-" + node).factory());
    }

    /** Sets what is wanted of a pod. Idempotent; any thread. */
    void want(Pod pod, boolean captured) {
        thread.execute(
                () -> {
                    Entry entry = entries.computeIfAbsent(pod.uid(), uid -> new Entry(pod));
                    if (entry.wanted != captured) {
                        entry.wanted = captured;
                        entry.failures = 0;
                        settle(entry);
                    }
                });
    }

    /**
     * The pod goes: ztunnel is told.
     *
     * @return completes once it was, or once that has failed
     */
    CompletableFuture<Void> forget(String uid) {
        return CompletableFuture.runAsync(() -> drop(uid), thread);
    }

    private void drop(String uid) {
        Optional.ofNullable(entries.remove(uid))
                .ifPresent(
                        entry -> {
                            try {
                                agent.forget(entry.pod);
                            } catch (IOException | RuntimeException why) {
                                listener.failed(entry.pod, "forget", reason(why));
                            }
                        });
    }

    private void settle(Entry entry) {
        Actual goal = entry.wanted ? Actual.CAPTURED : Actual.FREE;
        if (entry.actual == goal || !entry.equals(entries.get(entry.pod.uid()))) {
            return;
        }
        try {
            if (!entry.wanted) {
                agent.release(entry.pod);
            } else if (!agent.capture(entry.pod)) {
                entry.actual = Actual.UNKNOWN;
                entry.failures++;
                retry(entry);
                return;
            }
            entry.actual = goal;
            entry.failures = 0;
            entry.told = "";
            if (entry.wanted) {
                listener.captured(entry.pod);
            } else {
                listener.released(entry.pod);
            }
        } catch (IOException | RuntimeException why) {
            entry.actual = Actual.UNKNOWN;
            entry.failures++;
            if (!reason(why).equals(entry.told)) {
                entry.told = reason(why);
                listener.failed(entry.pod, entry.wanted ? "capture" : "release", reason(why));
            }
            retry(entry);
        }
    }

    private void retry(Entry entry) {
        var _ =
                thread.schedule(
                        () -> settle(entry),
                        pause(entry.failures).toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    static Duration pause(int failures) {
        Duration grown = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        return grown.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : grown;
    }

    private static String reason(Exception why) {
        return Optional.ofNullable(why.getMessage()).orElse(why.toString());
    }

    @Override
    public void close() {
        thread.shutdownNow();
        agent.close();
    }
}
