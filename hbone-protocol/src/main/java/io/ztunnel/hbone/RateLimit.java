package io.ztunnel.hbone;

import io.netty.util.concurrent.Ticker;

import java.time.Duration;

/** So many events in a stretch of time are an accident, more of them an attack. */
final class RateLimit {
    private final Ticker ticker;
    private final int limit;
    private final long periodNanos;
    private long since;
    private int count;

    RateLimit(Ticker ticker, int limit, Duration period) {
        this.ticker = ticker;
        this.limit = limit;
        this.periodNanos = period.toNanos();
        this.since = ticker.nanoTime();
    }

    /**
     * Counts one event.
     *
     * @return false when it is beyond the limit
     */
    boolean allows() {
        long now = ticker.nanoTime();
        if (now - since >= periodNanos) {
            since = now;
            count = 0;
        }
        return ++count <= limit;
    }
}
