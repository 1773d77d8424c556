package io.ztunnel.xds;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A control thread whose clock only moves when a test says so. */
final class ManualControl extends ScheduledThreadPoolExecutor {
    record Timer(Duration delay, Runnable task) {}

    private final LinkedBlockingQueue<Timer> timers = new LinkedBlockingQueue<>();

    ManualControl() {
        super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        timers.add(new Timer(Duration.of(delay, unit.toChronoUnit()), command));
        return super.schedule(() -> {}, 1, TimeUnit.DAYS);
    }

    /** What is due at once still runs at once. */
    @Override
    public void execute(Runnable command) {
        ScheduledFuture<?> _ = super.schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    /** Waits for the next timer to be set, runs it, and returns what it waited for. */
    Duration fireNext() throws InterruptedException {
        Timer timer = takeTimer();
        execute(timer.task());
        return timer.delay();
    }

    /** Waits for the next timer to be set, and forgets it. */
    Timer takeTimer() throws InterruptedException {
        Timer timer = timers.poll(10, TimeUnit.SECONDS);
        if (timer == null) {
            throw new AssertionError("no timer was set");
        }
        return timer;
    }

    boolean hasTimer() {
        return !timers.isEmpty();
    }

    /** Waits until everything that was handed in before has run. */
    <T> T ask(Callable<T> question) throws Exception {
        return super.schedule(question, 0, TimeUnit.NANOSECONDS).get(10, TimeUnit.SECONDS);
    }
}
