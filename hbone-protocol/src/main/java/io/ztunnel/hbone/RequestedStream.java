package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stream that we opened, or that waits to be: the answer to its CONNECT decides. */
final class RequestedStream extends TunnelStream {
    private final ClientTunnel client;

    /** Until it is sent: a stream may live for days, and its request is a kilobyte. */
    private @Nullable Http2Headers request;

    /** Null once it is kept: the CONNECT was answered with 200. */
    private @Nullable Promise<HboneStream> promise;

    private List<String> baggage = List.of();

    RequestedStream(ClientTunnel tunnel, Http2Headers request, StreamHandler handler) {
        super(tunnel, 0);
        this.client = tunnel;
        this.request = request;
        setHandler(handler);
        long limitNanos = tunnel.settings.handshakeTimeout().toNanos();
        Future<?> limit =
                tunnel.eventLoop().schedule(this::expire, limitNanos, TimeUnit.NANOSECONDS);
        promise = tunnel.eventLoop().newPromise();
        promise.addListener(
                done -> {
                    limit.cancel(false);
                    if (done.isCancelled()) {
                        reset(Http2Error.CANCEL.code());
                    }
                });
    }

    /** What to send, once. */
    Http2Headers takeRequest() {
        Http2Headers headers = requireNonNull(request, "taken");
        request = null;
        return headers;
    }

    /** The outcome; asked for before there is one. */
    Future<HboneStream> outcome() {
        return requireNonNull(promise, "answered");
    }

    private boolean isAnswered() {
        return promise == null;
    }

    @Override
    public List<String> responseBaggage() {
        return baggage;
    }

    private void expire() {
        if (promise != null && !promise.isDone()) {
            reset(Http2Error.CANCEL.code());
            fail(
                    HboneException.of(
                            HboneException.Code.HTTP2,
                            "no answer to the CONNECT within " + tunnel.settings.handshakeTimeout(),
                            null));
        }
    }

    void fail(HboneException cause) {
        if (promise != null) {
            promise.tryFailure(cause);
        }
    }

    void receiveHeaders(Http2Headers headers, boolean end) {
        if (isAnswered()) {
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
        baggage = client.shared(ConnectHeaders.baggage(headers));
        Promise<HboneStream> awaited = requireNonNull(promise, "answered");
        promise = null;
        if (awaited.trySuccess(this) && end) {
            receiveEnd();
        }
    }

    /** Bytes before the answer belong to nothing. */
    @Override
    @Nullable Http2Error receiveFrame(int bytes) {
        return isAnswered() ? super.receiveFrame(bytes) : Http2Error.PROTOCOL_ERROR;
    }

    @Override
    void signalEnd() {
        if (isAnswered()) {
            super.signalEnd();
        }
    }

    @Override
    void signalClosed(@Nullable HboneException cause) {
        if (isAnswered()) {
            super.signalClosed(cause);
        } else if (cause != null) {
            fail(cause);
        }
    }
}
