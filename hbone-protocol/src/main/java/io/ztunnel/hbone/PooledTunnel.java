package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.util.function.Consumer;

/**
 * A tunnel as the pool's directory knows it. The directory's loop alone reads and writes the
 * fields; {@link #opened} is for every loop, and what it yields is confined to {@link #loop}.
 */
final class PooledTunnel {
    final TunnelKey key;
    final EventLoop loop;
    TunnelStats.State state = TunnelStats.State.OPENING;

    /** Leases out. Counted when handed out, so the limit holds before the stream exists. */
    int streams;

    /** When the last lease came back, on the clock of the directory's loop. */
    long idleSinceNanos;

    private final Promise<OutboundTunnel> opened;

    PooledTunnel(TunnelKey key, EventLoop loop) {
        this.key = key;
        this.loop = loop;
        this.opened = loop.newPromise();
        // Shared by all who wait: one who gives up must not take it from the others.
        opened.setUncancellable();
    }

    Future<OutboundTunnel> opened() {
        return opened;
    }

    /** On any thread. What comes too late is closed. */
    void complete(Future<OutboundTunnel> attempt) {
        if (!attempt.isSuccess()) {
            opened.tryFailure(attempt.cause());
        } else if (!opened.trySuccess(attempt.getNow())) {
            OutboundTunnel late = attempt.getNow();
            late.eventLoop().execute(late::close);
        }
    }

    /** Whoever waits is refused; a tunnel that opens later is closed. */
    void fail(HboneException cause) {
        opened.tryFailure(cause);
    }

    void drain() {
        onLoop(OutboundTunnel::drain);
    }

    void close() {
        onLoop(OutboundTunnel::close);
    }

    /** Runs the action where the tunnel lives, if it is up. */
    void onLoop(Consumer<OutboundTunnel> action) {
        if (!opened.isSuccess()) {
            return;
        }
        OutboundTunnel tunnel = opened.getNow();
        if (loop.inEventLoop()) {
            action.accept(tunnel);
        } else {
            loop.execute(() -> action.accept(tunnel));
        }
    }
}
