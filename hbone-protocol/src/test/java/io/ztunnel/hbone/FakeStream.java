package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A stream driven by a test, with the peer's credit and resets at hand. */
class FakeStream implements HboneStream {
    final List<String> calls = new ArrayList<>();
    final StringBuilder queued = new StringBuilder();
    final StringBuilder sent = new StringBuilder();
    int credit = Integer.MAX_VALUE;
    int returned;
    @Nullable StreamHandler handler;

    private final EventLoop loop;
    private boolean finishing;

    FakeStream(EventLoop loop) {
        this.loop = loop;
    }

    StreamHandler handler() {
        return requireNonNull(handler);
    }

    /** The peer reads on. */
    void grant(int bytes) {
        credit += bytes;
        flush();
        if (isWritable()) {
            handler().onWritable(this);
        }
    }

    @Override
    public EventLoop eventLoop() {
        return loop;
    }

    @Override
    public void setHandler(StreamHandler handler) {
        this.handler = handler;
    }

    @Override
    public void write(ByteBuf data) {
        queued.append(data.toString(StandardCharsets.US_ASCII));
        data.release();
    }

    @Override
    public void flush() {
        int bytes = Math.min(credit, queued.length());
        sent.append(queued, 0, bytes);
        queued.delete(0, bytes);
        credit -= bytes;
        if (finishing && queued.isEmpty()) {
            finishing = false;
            calls.add("finish");
            handler().onFinished(this);
        }
    }

    @Override
    public void finish() {
        finishing = true;
        flush();
    }

    @Override
    public void reset(long errorCode) {
        calls.add("reset " + errorCode);
    }

    @Override
    public boolean isWritable() {
        return credit > 0;
    }

    @Override
    public void returnCredit(int bytes) {
        returned += bytes;
    }

    /** One that a peer opened. */
    static final class Accepted extends FakeStream implements InboundStream {
        Accepted(EventLoop loop) {
            super(loop);
        }

        @Override
        public ConnectRequest request() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InboundTunnel tunnel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void accept(@Nullable String baggage) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void refuse(int status) {
            throw new UnsupportedOperationException();
        }
    }
}
