package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

/**
 * One side of a relay: an application's socket or a tunnel stream. Confined to its event loop; both
 * ends of a relay share one. After {@link #abort} or {@link Relay.Input#onClosed} every call is a
 * no-op that releases what it was given.
 */
public interface RelayEnd {
    EventLoop eventLoop();

    /** Starts reporting to the relay; called once. Reading begins with {@link #resumeReading}. */
    void attach(Relay.Input relay);

    /** Takes ownership of the buffer. */
    void write(ByteBuf data);

    /** Whether {@link #write(PipedBytes)} may be asked for. */
    default boolean takesPiped() {
        return false;
    }

    /** Takes ownership; only where {@link #takesPiped}. */
    default void write(PipedBytes data) {
        data.release();
        throw new UnsupportedOperationException("no pipe leads to this end");
    }

    /** The other end {@link #takesPiped}, so that this one may deliver that way. */
    default void allowPiped() {}

    void flush();

    /**
     * Flushes and half-closes after everything written: FIN or END_STREAM. Answered by {@link
     * Relay.Input#onFinished} or {@link Relay.Input#onWriteFailed}, at once or later. Idempotent.
     */
    void finish();

    /** Both directions are over: lets go of what is left. Answered by onClosed. */
    void close();

    /** Cuts both directions now: RST_STREAM(CANCEL), or a close of the socket. */
    void abort();

    /** As {@link #abort}, such that the peer sees a reset: RST_STREAM(CONNECT_ERROR), or RST. */
    void reset();

    boolean isWritable();

    /**
     * Asks for no more data. An end that cannot stop its peer at once may deliver what its peer is
     * already allowed to send.
     */
    void pauseReading();

    void resumeReading();

    /** Bytes that this end delivered have been written to the other end's peer. */
    void consumed(int bytes);
}
