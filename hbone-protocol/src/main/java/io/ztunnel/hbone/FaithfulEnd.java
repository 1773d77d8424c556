package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.Http2Error;

import org.jspecify.annotations.Nullable;

/**
 * An end whose reset is passed on: when one of two such ends is reset by its peer, the other one
 * resets its own instead of telling of an orderly end. On a tunnel a reset travels as RST_STREAM
 * with CONNECT_ERROR, which RFC 9113 §8.5 has for that. What was not delivered by then is lost, as
 * it is between two sockets.
 */
public final class FaithfulEnd implements RelayEnd {
    private final RelayEnd inner;
    private final @Nullable SocketChannel socket;
    private @Nullable FaithfulEnd other;
    private boolean otherWasReset;

    private FaithfulEnd(RelayEnd inner, @Nullable SocketChannel socket) {
        this.inner = inner;
        this.socket = socket;
    }

    /**
     * As {@link Relay#start}, with ends that pass on resets.
     *
     * @param clientSocket that the client's end is of, null for a stream; so with the server
     */
    public static Relay start(
            RelayEnd client,
            @Nullable SocketChannel clientSocket,
            RelayEnd server,
            @Nullable SocketChannel serverSocket,
            Relay.Observer observer) {
        FaithfulEnd first = new FaithfulEnd(client, clientSocket);
        FaithfulEnd second = new FaithfulEnd(server, serverSocket);
        first.other = second;
        second.other = first;
        return Relay.start(first, second, observer);
    }

    private static boolean isReset(Throwable cause) {
        if (cause instanceof HboneException hbone) {
            // The other codes are ways to say that all is done.
            return hbone.code() == HboneException.Code.RESET
                    && hbone.errorCode() != Http2Error.NO_ERROR.code()
                    && hbone.errorCode() != Http2Error.CANCEL.code()
                    && hbone.errorCode() != Http2Error.STREAM_CLOSED.code();
        }
        return String.valueOf(cause.getMessage()).contains("Connection reset");
    }

    private void tellOther(@Nullable Throwable cause) {
        if (cause != null && other != null && isReset(cause)) {
            other.otherWasReset = true;
        }
    }

    @Override
    public void finish() {
        if (otherWasReset) {
            reset();
        } else {
            inner.finish();
        }
    }

    @Override
    public void reset() {
        if (socket != null) {
            try {
                // Without anything to linger for, close(2) sends a reset: see socket(7).
                socket.config().setSoLinger(0);
            } catch (ChannelException gone) {
                inner.abort();
                return;
            }
        }
        inner.reset();
    }

    @Override
    public void attach(Relay.Input relay) {
        inner.attach(new Watch(relay));
    }

    @Override
    public EventLoop eventLoop() {
        return inner.eventLoop();
    }

    @Override
    public void write(ByteBuf data) {
        inner.write(data);
    }

    @Override
    public boolean takesPiped() {
        return inner.takesPiped();
    }

    @Override
    public void write(PipedBytes data) {
        inner.write(data);
    }

    @Override
    public void allowPiped() {
        inner.allowPiped();
    }

    @Override
    public void flush() {
        inner.flush();
    }

    @Override
    public void close() {
        inner.close();
    }

    @Override
    public void abort() {
        inner.abort();
    }

    @Override
    public boolean isWritable() {
        return inner.isWritable();
    }

    @Override
    public void pauseReading() {
        inner.pauseReading();
    }

    @Override
    public void resumeReading() {
        inner.resumeReading();
    }

    @Override
    public void consumed(int bytes) {
        inner.consumed(bytes);
    }

    /** Sees what the end reports before the relay does. */
    private final class Watch implements Relay.Input {
        private final Relay.Input relay;

        Watch(Relay.Input relay) {
            this.relay = relay;
        }

        @Override
        public void onReadFailed(Throwable cause) {
            tellOther(cause);
            relay.onReadFailed(cause);
        }

        @Override
        public void onClosed(@Nullable Throwable cause) {
            tellOther(cause);
            relay.onClosed(cause);
        }

        @Override
        public void onData(ByteBuf data) {
            relay.onData(data);
        }

        @Override
        public void onPiped(PipedBytes data) {
            relay.onPiped(data);
        }

        @Override
        public void onReadComplete() {
            relay.onReadComplete();
        }

        @Override
        public void onEnd() {
            relay.onEnd();
        }

        @Override
        public void onWritable() {
            relay.onWritable();
        }

        @Override
        public void onWritten(int bytes) {
            relay.onWritten(bytes);
        }

        @Override
        public void onFinished() {
            relay.onFinished();
        }

        @Override
        public void onWriteFailed(Throwable cause) {
            relay.onWriteFailed(cause);
        }
    }
}
