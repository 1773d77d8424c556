package io.ztunnel.redirection;

import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Warnings that a peer or a pod could cause at will: one in ten seconds, which says how many were
 * left out. Thread-safe.
 */
final class WarningLimiter {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanoClock;
    private final AtomicLong next;
    private final AtomicLong suppressed = new AtomicLong();

    WarningLimiter(Logger log) {
        this(log, System::nanoTime);
    }

    WarningLimiter(Logger log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
        next = new AtomicLong(nanoClock.getAsLong());
    }

    /**
     * @param format with one place for {@code subject}
     */
    void warn(String format, Object subject, Throwable cause) {
        if (isDue()) {
            log.warn(
                    format + ": {} ({} more since the last such warning)",
                    subject,
                    causes(cause),
                    suppressed.getAndSet(0));
        }
    }

    /**
     * @param format with one place for {@code subject}
     */
    void warn(String format, Object subject) {
        if (isDue()) {
            log.warn(
                    format + " ({} more since the last such warning)",
                    subject,
                    suppressed.getAndSet(0));
        }
    }

    private boolean isDue() {
        long now = nanoClock.getAsLong();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
            suppressed.incrementAndGet();
            return false;
        }
        return true;
    }

    /** The messages down to the system call; a stack trace would say nothing more. */
    private static String causes(Throwable thrown) {
        StringBuilder text = new StringBuilder(String.valueOf(thrown.getMessage()));
        Throwable cause = thrown.getCause();
        for (int depth = 0; cause != null && depth < 4; depth++) {
            text.append(": ").append(cause.getMessage());
            cause = cause.getCause();
        }
        return text.toString();
    }
}
