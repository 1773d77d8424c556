package io.ztunnel.hbone;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Notices a peer that is gone without a word: a PING some time after the last answer, whatever else
 * is going on, and the end when it stays unanswered.
 */
final class Keepalive implements Runnable {
    /** What a connection does for us. */
    interface Line {
        void sendPing();

        void onSilence();
    }

    private final EventExecutor executor;
    private final Duration interval;
    private final Duration timeout;
    private final Line line;
    private @Nullable Future<?> timer;
    private boolean waiting;

    Keepalive(EventExecutor executor, Duration interval, Duration timeout, Line line) {
        this.executor = executor;
        this.interval = interval;
        this.timeout = timeout;
        this.line = line;
    }

    void start() {
        schedule(interval);
    }

    void onPong() {
        if (waiting) {
            waiting = false;
            schedule(interval);
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    @Override
    public void run() {
        timer = null;
        if (waiting) {
            line.onSilence();
            return;
        }
        waiting = true;
        schedule(timeout);
        line.sendPing();
    }

    private void schedule(Duration delay) {
        stop();
        timer = executor.schedule(this, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
