package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Bounds the lines that one key may cause: so many per period are let through, the rest is counted
 * and reported as one when the period is over. Thread-safe; memory is bounded by the number of
 * keys, further keys share one.
 */
public final class RateLimited {
    /** Told once per key and period in which lines were held back. */
    public interface Summary {
        void suppressed(String key, long lines);
    }

    private static final String OTHER_KEYS = "(others)";

    /** Guarded by the map's per-key lock. */
    private record Window(long start, long passed, long held) {}

    private final ConcurrentHashMap<String, Window> windows = new ConcurrentHashMap<>();
    private final int linesPerPeriod;
    private final long periodNanos;
    private final int maxKeys;
    private final LongSupplier nanoTime;
    private final Summary summary;

    public RateLimited(
            int linesPerPeriod,
            Duration period,
            int maxKeys,
            LongSupplier nanoTime,
            Summary summary) {
        this.linesPerPeriod = linesPerPeriod;
        this.periodNanos = period.toNanos();
        this.maxKeys = maxKeys;
        this.nanoTime = nanoTime;
        this.summary = summary;
    }

    /**
     * @return whether a line of this key may be written now
     */
    public boolean permit(String key) {
        long now = nanoTime.getAsLong();
        boolean known = windows.containsKey(key) || windows.mappingCount() < maxKeys;
        String counted = known ? key : OTHER_KEYS;
        boolean[] permitted = new boolean[1];
        long[] held = new long[1];
        windows.compute(
                counted,
                (k, window) -> {
                    if (window == null || isOver(window, now)) {
                        held[0] = window == null ? 0 : window.held();
                        permitted[0] = true;
                        return new Window(now, 1, 0);
                    }
                    permitted[0] = window.passed() < linesPerPeriod;
                    return permitted[0]
                            ? new Window(window.start(), window.passed() + 1, 0)
                            : new Window(window.start(), window.passed(), window.held() + 1);
                });
        if (held[0] > 0) {
            summary.suppressed(counted, held[0]);
        }
        return permitted[0];
    }

    /** Reports and forgets keys whose period is over. To be called about once per period. */
    public void sweep() {
        long now = nanoTime.getAsLong();
        List<String> keys = new ArrayList<>(windows.keySet());
        for (String key : keys) {
            long[] held = new long[1];
            windows.computeIfPresent(
                    key,
                    (k, window) -> {
                        if (!isOver(window, now)) {
                            return window;
                        }
                        held[0] = window.held();
                        return forgotten();
                    });
            if (held[0] > 0) {
                summary.suppressed(key, held[0]);
            }
        }
    }

    private static @Nullable Window forgotten() {
        return null;
    }

    private boolean isOver(Window window, long now) {
        return now - window.start() >= periodNanos;
    }
}
