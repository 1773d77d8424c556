package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

/**
 * One side of a relay: an application's socket or a tunnel stream. Confined to its event loop; both
 * ends of a relay share one.
 */
public interface RelayEnd {
    EventLoop eventLoop();

    /** Starts delivering to the relay; called once. Reading begins with {@link #resumeReading}. */
    void attach(Relay.Input relay);

    /** Takes ownership of the buffer. */
    void write(ByteBuf data);

    void flush();

    /** Half-close after everything written: FIN or END_STREAM. */
    void finish();

    /** Cuts both directions now: RST_STREAM(CANCEL), or a close of the socket. */
    void abort();

    boolean isWritable();

    void pauseReading();

    void resumeReading();

    /** Bytes that this end delivered have been written to the other end's peer, or dropped. */
    void consumed(int bytes);
}
