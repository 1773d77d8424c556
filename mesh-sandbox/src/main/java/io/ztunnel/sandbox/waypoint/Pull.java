package io.ztunnel.sandbox.waypoint;

import io.netty.util.ReferenceCountUtil;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Hands on one message for each that is asked for, however many a codec found in one piece of
 * input. Confined to an event loop.
 */
final class Pull {
    private final Deque<Object> queue = new ArrayDeque<>();
    private final Consumer<Object> taker;
    private final Runnable empty;
    private boolean wanted;
    private boolean draining;

    /**
     * @param taker owns what it gets
     * @param empty run when a message is wanted and there is none
     */
    Pull(Consumer<Object> taker, Runnable empty) {
        this.taker = taker;
        this.empty = empty;
    }

    /** Asks for one more. */
    void want() {
        wanted = true;
        drain();
    }

    void offer(Object message) {
        queue.add(message);
        drain();
    }

    void drain() {
        if (draining) {
            // Asked for by the message that is being looked at: the loop goes on, the stack is
            // flat.
            return;
        }
        draining = true;
        Object message;
        while (wanted && (message = queue.poll()) != null) {
            wanted = false;
            taker.accept(message);
        }
        draining = false;
        if (wanted) {
            empty.run();
        }
    }

    /** Nothing will come any more. */
    void satisfied() {
        wanted = false;
    }

    void release() {
        queue.forEach(ReferenceCountUtil::release);
        queue.clear();
    }
}
