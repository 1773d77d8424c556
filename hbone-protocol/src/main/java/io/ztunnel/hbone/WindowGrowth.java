package io.ztunnel.hbone;

import io.netty.util.concurrent.Ticker;

import java.time.Duration;

/**
 * The part of a tunnel's receive windows that streams earn. Every stream begins with a small
 * window; one that uses up half of it in a moment is held back by it, and is given as much again.
 *
 * <p>What all streams of a tunnel may hold at most, first windows and growth together, stays below
 * what the connection gives credit for on arrival: so no number of streams that stand still makes
 * the others wait. Confined to the tunnel's loop.
 */
final class WindowGrowth {
    /** Half a window in this time is a transfer that the window slows down. */
    private static final Duration MOMENT = Duration.ofMillis(100);

    private final Ticker ticker;
    private final ByteBudget pod;
    private long left;

    /**
     * @param left bytes that the tunnel's windows may grow by
     * @param pod what all tunnels of the pod share
     */
    WindowGrowth(Ticker ticker, long left, ByteBudget pod) {
        this.ticker = ticker;
        this.left = left;
        this.pod = pod;
    }

    long now() {
        return ticker.nanoTime();
    }

    boolean isFast(long sinceNanos) {
        return now() - sinceNanos <= MOMENT.toNanos();
    }

    boolean take(int bytes) {
        if (bytes > left || !pod.take(bytes)) {
            return false;
        }
        left -= bytes;
        return true;
    }

    void giveBack(int bytes) {
        if (bytes > 0) {
            left += bytes;
            pod.giveBack(bytes);
        }
    }
}
