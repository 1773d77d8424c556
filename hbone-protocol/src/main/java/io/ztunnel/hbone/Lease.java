package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.util.concurrent.atomic.AtomicBoolean;

/** A stream's place on a tunnel of a {@link TunnelPool}. */
public final class Lease {
    /** A tunnel that dies again and again between choice and use is not a matter of bad luck. */
    private static final int REPLACEMENTS = 3;

    private final TunnelPool pool;
    private final EventLoop loop;
    private final PooledTunnel chosen;

    /** Confined to the pool's home loop; differs from {@code chosen} after a replacement. */
    private PooledTunnel current;

    private final AtomicBoolean released = new AtomicBoolean();

    Lease(TunnelPool pool, PooledTunnel chosen) {
        this.pool = pool;
        this.loop = chosen.loop;
        this.chosen = chosen;
        this.current = chosen;
    }

    /** Where the tunnel lives, and so where the stream's other end should. */
    public EventLoop eventLoop() {
        return loop;
    }

    /**
     * The tunnel as soon as it is up. Called once, on {@link #eventLoop}. A tunnel that has become
     * unusable since the lease was given is replaced by one on the same loop.
     *
     * @return completed on {@link #eventLoop}; {@link HboneException} when no tunnel could be
     *     opened, or DRAINING when the pool has closed. Not to be cancelled: release the lease.
     */
    public Future<OutboundTunnel> tunnel() {
        Future<OutboundTunnel> opened = chosen.opened();
        if (!isStale(opened)) {
            return opened;
        }
        Promise<OutboundTunnel> promise = loop.newPromise();
        promise.setUncancellable();
        replace(promise, REPLACEMENTS);
        return promise;
    }

    /** The stream has ended, or will not be opened. Idempotent, from any thread. */
    public void release() {
        if (released.compareAndSet(false, true)) {
            pool.onHome(() -> pool.giveBack(current));
        }
    }

    private void replace(Promise<OutboundTunnel> promise, int left) {
        if (left == 0) {
            promise.tryFailure(
                    HboneException.of(
                            HboneException.Code.HTTP2,
                            "tunnel became unusable before its first stream",
                            null));
            return;
        }
        pool.onHome(
                () -> {
                    if (released.get()) {
                        promise.tryFailure(
                                HboneException.of(
                                        HboneException.Code.DRAINING, "lease released", null));
                        return;
                    }
                    try {
                        current = pool.replace(current);
                    } catch (HboneException refused) {
                        promise.tryFailure(refused);
                        return;
                    }
                    Future<OutboundTunnel> next = current.opened();
                    next.addListener(
                            (Future<OutboundTunnel> opened) -> {
                                if (isStale(opened)) {
                                    replace(promise, left - 1);
                                } else if (opened.isSuccess()) {
                                    promise.trySuccess(opened.getNow());
                                } else {
                                    promise.tryFailure(opened.cause());
                                }
                            });
                });
    }

    /** On the tunnel's loop. */
    private static boolean isStale(Future<OutboundTunnel> opened) {
        return opened.isSuccess() && !opened.getNow().isUsable();
    }
}
