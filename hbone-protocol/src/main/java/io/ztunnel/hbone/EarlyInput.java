package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/**
 * Stands in for the relay until an end is asked to read: keeps what arrives early and replays it.
 * Bounded by what a peer may send unasked: a stream's window, or one read of a reset socket.
 */
final class EarlyInput implements Relay.Input {
    private static final String ONE_RELAY = "an end serves one relay only";

    private final HeldBytes data = new HeldBytes();
    private Relay.@Nullable Input relay;
    private boolean ended;
    private @Nullable Throwable readFailure;
    private boolean closed;
    private @Nullable Throwable closeCause;

    /**
     * The input of an end that has not been asked to read.
     *
     * @throws IllegalStateException when it has
     */
    static EarlyInput before(Relay.Input input) {
        if (input instanceof EarlyInput early) {
            return early;
        }
        throw new IllegalStateException(ONE_RELAY);
    }

    void attach(Relay.Input relay) {
        if (this.relay != null) {
            throw new IllegalStateException(ONE_RELAY);
        }
        this.relay = relay;
    }

    /** Where events go once everything early was replayed. */
    Relay.Input relay() {
        if (relay == null) {
            throw new IllegalStateException("not attached");
        }
        return relay;
    }

    void replay() {
        Relay.Input relay = relay();
        boolean burst = !data.isEmpty();
        for (ByteBuf next = data.poll(); next != null; next = data.poll()) {
            relay.onData(next);
        }
        if (burst) {
            relay.onReadComplete();
        }
        if (ended) {
            relay.onEnd();
        }
        if (readFailure != null) {
            relay.onReadFailed(readFailure);
        }
        if (closed) {
            relay.onClosed(closeCause);
        }
    }

    /** The end is gone and no relay will ever want what came early. */
    void discard() {
        data.release();
    }

    @Override
    public void onData(ByteBuf bytes) {
        data.add(bytes);
    }

    @Override
    public void onPiped(PipedBytes bytes) {
        bytes.release();
        throw new IllegalStateException("pipes are opened long after the start");
    }

    @Override
    public void onReadComplete() {}

    @Override
    public void onEnd() {
        ended = true;
    }

    @Override
    public void onReadFailed(Throwable cause) {
        readFailure = cause;
    }

    @Override
    public void onWritable() {
        if (relay != null) {
            relay.onWritable();
        }
    }

    @Override
    public void onWritten(int bytes) {
        if (relay != null) {
            relay.onWritten(bytes);
        }
    }

    @Override
    public void onFinished() {
        if (relay != null) {
            relay.onFinished();
        }
    }

    @Override
    public void onWriteFailed(Throwable cause) {
        if (relay != null) {
            relay.onWriteFailed(cause);
        }
    }

    /** Data that came before the close is still good, unless nobody is there to read it. */
    @Override
    public void onClosed(@Nullable Throwable cause) {
        closed = true;
        closeCause = cause;
    }
}
