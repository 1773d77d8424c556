package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The tunnels of a pool that carry no stream, oldest first: they expire after a time, or when there
 * are too many. One timer for all of them. Confined to the directory's loop.
 */
final class IdleTunnels {
    private final EventLoop home;
    private final long timeoutNanos;
    private final int limit;
    private final Consumer<PooledTunnel> onExpired;
    private final LinkedHashSet<PooledTunnel> byAge = new LinkedHashSet<>();
    private @Nullable Future<?> timer;

    IdleTunnels(EventLoop home, long timeoutNanos, int limit, Consumer<PooledTunnel> onExpired) {
        this.home = home;
        this.timeoutNanos = timeoutNanos;
        this.limit = limit;
        this.onExpired = onExpired;
    }

    void add(PooledTunnel tunnel) {
        tunnel.idleSinceNanos = now();
        byAge.add(tunnel);
        if (byAge.size() > limit) {
            expire(byAge.getFirst());
        }
        arm();
    }

    void remove(PooledTunnel tunnel) {
        byAge.remove(tunnel);
    }

    /** Forgets all and stops the timer. */
    void clear() {
        byAge.clear();
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void arm() {
        if (timer == null && !byAge.isEmpty()) {
            long left = timeoutNanos - (now() - byAge.getFirst().idleSinceNanos);
            timer = home.schedule(this::onTimer, Math.max(left, 0), TimeUnit.NANOSECONDS);
        }
    }

    private void onTimer() {
        timer = null;
        long now = now();
        while (!byAge.isEmpty() && now - byAge.getFirst().idleSinceNanos >= timeoutNanos) {
            expire(byAge.getFirst());
        }
        arm();
    }

    private void expire(PooledTunnel tunnel) {
        byAge.remove(tunnel);
        onExpired.accept(tunnel);
    }

    private long now() {
        return home.ticker().nanoTime();
    }
}
