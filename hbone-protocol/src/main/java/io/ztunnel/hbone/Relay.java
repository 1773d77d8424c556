package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

/**
 * Copies bytes between two ends until both directions have ended. The directions are independent:
 * an end of data on one side half-closes the other side only, and what remains open stays open for
 * as long as its peers want. What happens within one direction is in {@link Direction}.
 *
 * <p>Everything runs on the one event loop that both ends share.
 */
public final class Relay {
    /** What an end reports; on the event loop. */
    public interface Input {
        /** Takes ownership of the buffer. */
        void onData(ByteBuf data);

        /** As {@link #onData}, from an end that was {@linkplain RelayEnd#allowPiped allowed} to. */
        void onPiped(PipedBytes data);

        /** The burst of data is over: the time to flush. */
        void onReadComplete();

        /** The peer of this end will send no more. */
        void onEnd();

        /** Reading broke after all data was delivered; writing may still work. */
        void onReadFailed(Throwable cause);

        /** {@link RelayEnd#isWritable} became true. */
        void onWritable();

        /** Bytes given to write() have left: the other end may be told. */
        void onWritten(int bytes);

        /** Everything written and the half-close have left, as {@link RelayEnd#finish} asked. */
        void onFinished();

        /** Writing broke, what was not reported as written is lost; reading may still work. */
        void onWriteFailed(Throwable cause);

        /** The end is gone; the last event. {@code cause} null: closed in good order. */
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
         * @param error null on success, else what the access log shall show: a {@link
         *     RelayException}, or the cause given to {@link #abort}
         */
        void onComplete(@Nullable Throwable error);
    }

    private enum Phase {
        /** At least one direction is open. */
        COPYING,
        /** Both directions have ended; at least one end is not closed yet. */
        CLOSING,
        COMPLETE
    }

    private final EventLoop loop;
    private final Observer observer;
    private final Side client;
    private final Side server;
    private final Direction send;
    private final Direction receive;
    private Phase phase = Phase.COPYING;
    private @Nullable Throwable abortCause;

    private Relay(RelayEnd clientEnd, RelayEnd serverEnd, Observer observer, boolean passResets) {
        this.loop = clientEnd.eventLoop();
        this.observer = observer;
        this.send = new Direction(Way.SEND, clientEnd, serverEnd, observer, passResets);
        this.receive = new Direction(Way.RECEIVE, serverEnd, clientEnd, observer, passResets);
        this.client = new Side(clientEnd, send, receive);
        this.server = new Side(serverEnd, receive, send);
    }

    /**
     * Attaches both ends and begins to read them. A reset of one is the end of data for the other.
     *
     * @see #start(RelayEnd, RelayEnd, Observer, boolean)
     */
    public static Relay start(RelayEnd client, RelayEnd server, Observer observer) {
        return start(client, server, observer, false);
    }

    /**
     * Attaches both ends and begins to read them. Called on the event loop of the ends.
     *
     * @param client the end that opened the connection
     * @param server the end that the connection goes to
     * @param passResets whether a reset of one end is a reset for the other, and not the end of
     *     data: what was not delivered by then is lost, as it is between two sockets
     * @throws IllegalArgumentException when the ends live on different event loops
     */
    public static Relay start(
            RelayEnd client, RelayEnd server, Observer observer, boolean passResets) {
        requireNonNull(observer);
        if (!client.eventLoop().equals(server.eventLoop())) {
            throw new IllegalArgumentException("the ends of a relay must share one event loop");
        }
        assert client.eventLoop().inEventLoop() : "start a relay on its event loop";
        Relay relay = new Relay(client, server, observer, passResets);
        // Attach both before reading either: data of one goes straight into the other.
        client.attach(relay.client);
        server.attach(relay.server);
        if (client.takesPiped() && server.takesPiped()) {
            client.allowPiped();
            server.allowPiped();
        }
        client.resumeReading();
        server.resumeReading();
        return relay;
    }

    /**
     * Cuts both ends at once and reports {@code cause}; no-op when both directions have ended. For
     * policy changes, revoked certificates and forced drains. May be called from any thread.
     */
    public void abort(Throwable cause) {
        if (!loop.inEventLoop()) {
            loop.execute(() -> abort(cause));
            return;
        }
        if (phase != Phase.COPYING) {
            return;
        }
        phase = Phase.CLOSING;
        abortCause = cause;
        send.cut();
        receive.cut();
        client.abort();
        server.abort();
    }

    private void settle() {
        if (phase == Phase.COPYING && send.hasEnded() && receive.hasEnded()) {
            phase = Phase.CLOSING;
            client.close();
            server.close();
        }
        if (phase == Phase.CLOSING && client.closed && server.closed) {
            phase = Phase.COMPLETE;
            observer.onComplete(outcome());
        }
    }

    private @Nullable Throwable outcome() {
        if (abortCause != null) {
            return abortCause;
        }
        return send.error() != null ? send.error() : receive.error();
    }

    /** One end's events: it is the source of one direction and the sink of the other. */
    private final class Side implements Input {
        private final RelayEnd end;
        private final Direction outOf;
        private final Direction into;
        private boolean closed;

        Side(RelayEnd end, Direction outOf, Direction into) {
            this.end = end;
            this.outOf = outOf;
            this.into = into;
        }

        void abort() {
            if (!closed) {
                end.abort();
            }
        }

        void close() {
            if (!closed) {
                end.close();
            }
        }

        @Override
        public void onData(ByteBuf data) {
            outOf.onData(data);
            settle();
        }

        @Override
        public void onPiped(PipedBytes data) {
            outOf.onPiped(data);
            settle();
        }

        @Override
        public void onReadComplete() {
            outOf.onReadComplete();
            settle();
        }

        @Override
        public void onEnd() {
            outOf.onSourceEnd();
            settle();
        }

        @Override
        public void onReadFailed(Throwable cause) {
            outOf.onSourceFailed(cause);
            settle();
        }

        @Override
        public void onWritable() {
            into.onSinkWritable();
        }

        @Override
        public void onWritten(int bytes) {
            into.onSinkWritten(bytes);
        }

        @Override
        public void onFinished() {
            into.onSinkFinished();
            settle();
        }

        @Override
        public void onWriteFailed(Throwable cause) {
            into.onSinkFailed(cause);
            settle();
        }

        @Override
        public void onClosed(@Nullable Throwable cause) {
            if (closed) {
                return;
            }
            closed = true;
            if (cause == null) {
                outOf.onSourceEnd();
                into.onSinkClosed();
            } else {
                outOf.onSourceFailed(cause);
                into.onSinkFailed(cause);
            }
            settle();
        }
    }
}
