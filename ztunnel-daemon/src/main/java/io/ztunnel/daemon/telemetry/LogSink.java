package io.ztunnel.daemon.telemetry;

import org.jctools.queues.MpscArrayQueue;
import org.slf4j.event.Level;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A bounded queue of records and the one thread that renders and writes them in batches. A caller
 * never waits: when the queue is full its record is dropped and counted, and a line says so once
 * the output has caught up.
 */
public final class LogSink {
    /** Records, not bytes; as many as the reference queues. */
    public static final int DEFAULT_CAPACITY = 10_000;

    private static final int BATCH = 64;
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * While records keep coming the thread looks for them by itself: nobody has to wake it. After
     * one look in vain it waits to be woken, for at a few records per second looking costs more.
     */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final MpscArrayQueue<LogRecord> queue;
    private final LogFormat format;
    private final OutputStream out;
    private final LongAdder dropped = new LongAdder();
    private final List<Runnable> ticks = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean idle;
    private volatile boolean closing;
    private long reportedDrops;

    /**
     * @param capacity rounded up to a power of two
     */
    public LogSink(LogFormat format, OutputStream out, int capacity) {
        this.format = format;
        this.out = out;
        this.queue = new MpscArrayQueue<>(capacity);
        this.thread = Thread.ofPlatform().name("ztunnel-log").daemon().unstarted(this::run);
    }

    public LogSink start() {
        thread.start();
        return this;
    }

    /** Records that were dropped since the start. */
    public long dropped() {
        return dropped.sum();
    }

    /** Runs on the log thread, about once per second. */
    void everySecond(Runnable task) {
        ticks.add(task);
    }

    void offer(LogRecord record) {
        if (!queue.offer(record)) {
            dropped.increment();
            return;
        }
        // The thread sets idle before its last look at the queue, so either it sees the record or
        // we see the flag.
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        StringBuilder text = new StringBuilder(16 * 1024);
        long nextTick = System.nanoTime() + TICK_NANOS;
        while (true) {
            boolean wasClosing = closing;
            int taken = writeBatch(text);
            if (taken > 0) {
                if (taken < BATCH) {
                    LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
                }
            } else if (wasClosing) {
                return;
            } else {
                idle = true;
                if (queue.isEmpty() && !closing) {
                    LockSupport.parkNanos(this, TICK_NANOS);
                }
                idle = false;
            }
            if (System.nanoTime() - nextTick >= 0) {
                nextTick = System.nanoTime() + TICK_NANOS;
                ticks.forEach(Runnable::run);
            }
        }
    }

    private int writeBatch(StringBuilder text) {
        text.setLength(0);
        int taken = 0;
        while (taken < BATCH) {
            LogRecord record = queue.poll();
            if (record == null) {
                break;
            }
            format.append(text, record);
            text.append('\n');
            taken++;
        }
        reportDrops(text);
        if (!text.isEmpty()) {
            write(text);
        }
        return taken;
    }

    private void reportDrops(StringBuilder text) {
        long now = dropped.sum();
        if (now == reportedDrops) {
            return;
        }
        LogFields fields = new LogFields().number("dropped", now - reportedDrops);
        reportedDrops = now;
        String message = "log lines were dropped, the output is slower than the log";
        format.append(text, new LogRecord(Instant.now(), Level.WARN, "log", message, fields, null));
        text.append('\n');
    }

    private void write(StringBuilder text) {
        try {
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            // Nobody is left to tell; the lines are lost and the process goes on.
            dropped.increment();
        }
    }

    /**
     * Writes what is queued and ends the thread.
     *
     * @return false when the output took longer than the limit; the rest is lost
     */
    public boolean close(Duration limit) {
        closing = true;
        LockSupport.unpark(thread);
        try {
            return thread.join(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
