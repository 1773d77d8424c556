package io.ztunnel.hbone;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stream that we opened, or that waits to be: the answer to its CONNECT decides. */
final class RequestedStream extends TunnelStream {
    private final Http2Headers request;
    private final Promise<HboneStream> promise;
    private final Future<?> limit;
    private List<String> baggage = List.of();
    private boolean answered;

    RequestedStream(ClientTunnel tunnel, Http2Headers request, StreamHandler handler) {
        super(tunnel, 0);
        this.request = request;
        this.promise = tunnel.eventLoop().newPromise();
        setHandler(handler);
        long limitNanos = tunnel.settings.handshakeTimeout().toNanos();
        limit = tunnel.eventLoop().schedule(this::expire, limitNanos, TimeUnit.NANOSECONDS);
        promise.addListener(
                done -> {
                    limit.cancel(false);
                    if (done.isCancelled()) {
                        reset(Http2Error.CANCEL.code());
                    }
                });
    }

    Http2Headers request() {
        return request;
    }

    Promise<HboneStream> promise() {
        return promise;
    }

    @Override
    public List<String> responseBaggage() {
        return baggage;
    }

    private void expire() {
        if (!promise.isDone()) {
            reset(Http2Error.CANCEL.code());
            fail(
                    HboneException.of(
                            HboneException.Code.HTTP2,
                            "no answer to the CONNECT within " + tunnel.settings.handshakeTimeout(),
                            null));
        }
    }

    void fail(HboneException cause) {
        promise.tryFailure(cause);
    }

    void receiveHeaders(Http2Headers headers, boolean end) {
        if (answered) {
            if (end) {
                receiveEnd();
            } else {
                refuseFrame(Http2Error.PROTOCOL_ERROR, "trailers without END_STREAM");
            }
            return;
        }
        int status = ConnectHeaders.status(headers);
        if (status >= 100 && status < 200 && status != 101 && !end) {
            // Interim answers carry nothing for us, RFC 9110 §15.2.
            return;
        }
        if (status < 200) {
            refuseFrame(Http2Error.PROTOCOL_ERROR, "an answer without a valid status");
            return;
        }
        if (status != 200) {
            // Our direction is still open; the peer's own reset, if one follows, finds it closed.
            reset(Http2Error.CANCEL.code());
            fail(HboneException.status(status));
            return;
        }
        answered = true;
        baggage = ConnectHeaders.baggage(headers);
        if (promise.trySuccess(this) && end) {
            receiveEnd();
        }
    }

    /** Bytes before the answer belong to nothing. */
    @Override
    @Nullable Http2Error receiveFrame(int bytes) {
        return answered ? super.receiveFrame(bytes) : Http2Error.PROTOCOL_ERROR;
    }

    @Override
    void signalEnd() {
        if (answered) {
            super.signalEnd();
        }
    }

    @Override
    void signalClosed(@Nullable HboneException cause) {
        if (answered) {
            super.signalClosed(cause);
        } else if (cause != null) {
            fail(cause);
        }
    }
}
