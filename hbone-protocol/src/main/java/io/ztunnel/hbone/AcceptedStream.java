package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;

import org.jspecify.annotations.Nullable;

/** A stream that the peer opened. */
final class AcceptedStream extends TunnelStream implements InboundStream {
    private final ServerTunnel server;

    /** Null once it is answered. */
    private @Nullable ConnectRequest request;

    AcceptedStream(ServerTunnel tunnel, int id, ConnectRequest request) {
        super(tunnel, id);
        this.server = tunnel;
        this.request = request;
    }

    @Override
    public ConnectRequest request() {
        return requireNonNull(request, "answered");
    }

    @Override
    public InboundTunnel tunnel() {
        return server;
    }

    boolean isAnswered() {
        return request == null;
    }

    @Override
    public void accept(@Nullable String baggage) {
        answer(ConnectHeaders.ok(baggage), false);
    }

    @Override
    public void refuse(int status) {
        if (answer(ConnectHeaders.status(status), true)) {
            if (state().canReceive()) {
                server.writer().reset(id(), Http2Error.NO_ERROR.code());
            }
            leave();
        } else {
            discardHeld();
        }
    }

    private boolean answer(Http2Headers headers, boolean end) {
        if (isAnswered()) {
            throw new IllegalStateException("answered twice");
        }
        request = null;
        return state() != StreamState.CLOSED && server.sendHeaders(id(), headers, end);
    }

    @Override
    public void write(ByteBuf data) {
        if (!isAnswered()) {
            data.release();
            throw new IllegalStateException("bytes before the answer");
        }
        super.write(data);
    }

    @Override
    public void finish() {
        if (!isAnswered()) {
            throw new IllegalStateException("an end before the answer");
        }
        super.finish();
    }

    /** A server that has sent everything does not cancel, it only needs no more: RFC 9113 §8.1. */
    @Override
    public void reset(long errorCode) {
        boolean complete =
                errorCode == Http2Error.CANCEL.code() && state() == StreamState.LOCAL_ENDED;
        super.reset(complete ? Http2Error.NO_ERROR.code() : errorCode);
    }
}
