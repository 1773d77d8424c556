package io.ztunnel.hbone;

import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ImmediateExecutor;
import io.netty.util.concurrent.Ticker;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Where the signatures and certificate paths of a handshake are computed: on its event loop while
 * handshakes are few, because waking another thread and coming back, twice for each end, costs a
 * sixth of all the work of a new tunnel; on threads of their own beyond that, so that a flood of
 * handshakes delays the streams of the loop by a few milliseconds at most.
 */
final class HandshakePlace {
    /** Handshakes that a loop computes itself in a {@link #PERIOD}; each takes 0.1 to 0.4 ms. */
    static final int ON_LOOP = 25;

    static final Duration PERIOD = Duration.ofMillis(100);

    private static final FastThreadLocal<HandshakePlace> OF_LOOP =
            new FastThreadLocal<>() {
                @Override
                protected HandshakePlace initialValue() {
                    return new HandshakePlace(Ticker.systemTicker());
                }
            };

    private final RateLimit onLoop;

    HandshakePlace(Ticker ticker) {
        onLoop = new RateLimit(ticker, ON_LOOP, PERIOD);
    }

    /** The place of the calling event loop. */
    static HandshakePlace ofLoop() {
        return OF_LOOP.get();
    }

    /**
     * Decides for one handshake that begins now.
     *
     * @param others runs what is not to be computed here
     */
    Executor next(Executor others) {
        return onLoop.allows() ? ImmediateExecutor.INSTANCE : others;
    }
}
