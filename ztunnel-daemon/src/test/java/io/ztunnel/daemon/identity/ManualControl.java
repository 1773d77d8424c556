package io.ztunnel.daemon.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A control thread and a clock that stand still until the test moves them. */
final class ManualControl extends AbstractExecutorService implements ScheduledExecutorService {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparing((Timer timer) -> timer.due));
    private boolean shutdown;
    private Instant now = Instant.parse("2026-05-01T00:00:00Z");

    private final class Timer extends FutureTask<Object> implements ScheduledFuture<Object> {
        private final Instant due;

        Timer(Runnable task, Instant due) {
            super(task, "");
            this.due = due;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(Duration.between(now, due));
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(
                    getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    Instant now() {
        return now;
    }

    InstantSource clock() {
        return () -> now;
    }

    /** Runs all tasks that are due, and those that they cause. */
    void runAll() {
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                if (timers.isEmpty() || timers.element().due.isAfter(now)) {
                    return;
                }
                task = timers.remove();
            }
            task.run();
        }
    }

    /** Moves the clock timer by timer, so that each runs at its own time. */
    void advance(Duration by) {
        Instant end = now.plus(by);
        runAll();
        while (!timers.isEmpty() && !timers.element().due.isAfter(end)) {
            now = timers.element().due;
            runAll();
        }
        now = end;
        runAll();
    }

    /** The wall clock jumps and no timer has run, as after a suspend. */
    void jump(Duration by) {
        now = now.plus(by);
    }

    @Override
    public void execute(Runnable task) {
        if (shutdown) {
            throw new RejectedExecutionException("shut down");
        }
        tasks.add(task);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        Timer timer = new Timer(task, now.plusNanos(unit.toNanos(delay)));
        timers.add(timer);
        return timer;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
            Runnable task, long initial, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
            Runnable task, long initial, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return shutdown;
    }
}
