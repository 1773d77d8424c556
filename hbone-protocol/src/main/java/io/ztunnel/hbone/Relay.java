package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/**
 * Copies bytes between two ends until both directions have ended. The directions are independent:
 * an end of data on one side half-closes the other side only. Spec 01 §6.4 and §7.
 */
public final class Relay {
    private Relay() {}

    /** What an end reports; on the event loop. */
    public interface Input {
        /** Takes ownership of the buffer. */
        void onData(ByteBuf data);

        void onReadComplete();

        /** The peer of this end will send no more. */
        void onEnd();

        void onWritable();

        /** Bytes given to write() have left: the other end may be told. */
        void onWritten(int bytes);

        /** The end is gone. {@code cause} null: closed in good order. */
        void onClosed(@Nullable Throwable cause);
    }

    /** Counts and outcome; called on the event loop, must not block. */
    public interface Observer {
        /** Bytes from client to server were handed on. */
        void onReceived(int bytes);

        /** Bytes from server to client were handed on. */
        void onSent(int bytes);

        /**
         * Both directions have ended and both ends are closed; called exactly once.
         *
         * @param error null on success, else what the access log shall show
         */
        void onComplete(@Nullable Throwable error);
    }
}
