package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/** Receives the events of one {@link HboneStream}, on the stream's event loop. */
public interface StreamHandler {
    /** Takes ownership of the buffer. */
    void onData(HboneStream stream, ByteBuf data);

    /** The tunnel has handed over everything it read in this burst: the time to flush. */
    void onReadComplete(HboneStream stream);

    /**
     * The peer will send no more: END_STREAM, or a reset with NO_ERROR, CANCEL or STREAM_CLOSED, or
     * the loss of the tunnel. As the reference ztunnel does, all of them are a clean end of the
     * data.
     */
    void onEnd(HboneStream stream);

    /** {@link HboneStream#isWritable} became true. */
    void onWritable(HboneStream stream);

    /**
     * END_STREAM and all that was written before it have been sent; see {@link HboneStream#finish}.
     */
    default void onFinished(HboneStream stream) {}

    /**
     * The stream is gone; the last event, which does not follow the own {@link HboneStream#reset}.
     * {@code cause} is null after both directions ended well, else says how it was cut: a reset
     * with its code, or the loss of the tunnel. What had been sent in full up to its END_STREAM
     * ended well even if a clean end of the data, in the sense above, came as a reset or a loss.
     */
    void onClosed(HboneStream stream, @Nullable HboneException cause);
}
