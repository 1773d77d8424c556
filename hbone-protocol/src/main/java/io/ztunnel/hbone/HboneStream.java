package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

import java.util.List;

/**
 * One CONNECT stream of a tunnel: two byte directions that end independently. All calls and all
 * events happen on {@link #eventLoop()}.
 *
 * <p>State that calls depend on is small: after {@link #finish} nothing more may be written; after
 * {@link #reset} or {@link StreamHandler#onClosed} every call but {@link #returnCredit} is a no-op
 * that releases what it was given.
 */
public interface HboneStream {
    EventLoop eventLoop();

    /** Replaces the receiver of events; events that arrived before are delivered to it at once. */
    void setHandler(StreamHandler handler);

    /**
     * Queues bytes for the peer; takes ownership. Never blocks, never drops: see isWritable.
     *
     * <p>A buffer that nobody else holds a part of, with 9 or more bytes before its reader index,
     * goes out without a copy: the frame's header overwrites those bytes. A payload of 65527 bytes
     * makes a frame that fills four TLS records.
     */
    void write(ByteBuf data);

    /**
     * Sends what is queued as far as credit and the tunnel allow, at the latest when the event loop
     * has gone round: what several streams flush in one turn of the loop leaves together.
     */
    void flush();

    /** END_STREAM after everything queued. Idempotent. */
    void finish();

    /**
     * RST_STREAM with the code; drops what is queued in both directions. Idempotent. The handler
     * hears no more of the stream, not even that it is closed: its owner knows.
     */
    void reset(long errorCode);

    /**
     * False while the stream has no credit, holds more than its high-water mark, or its tunnel
     * cannot take more. Writers stop then until {@link StreamHandler#onWritable}.
     */
    boolean isWritable();

    /**
     * Tells that received bytes have left for good, so that the peer may send as many again on this
     * stream. Connection credit was already given back when they arrived.
     */
    void returnCredit(int bytes);

    /**
     * The values of all baggage header lines of the 200, in order, on a stream that we opened:
     * empty when there was none, and on a stream that the peer opened.
     */
    default List<String> responseBaggage() {
        return List.of();
    }
}
