package io.ztunnel.sandbox.waypoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

/**
 * What an endpoint answers, in HTTP/1.1 or in HTTP/2: sorts the objects of a codec. Sits behind it.
 */
final class HttpUpstream extends ChannelInboundHandlerAdapter {
    /** Told on the event loop. */
    interface Listener {
        /** A response before the response. */
        void interim(HttpResponse response);

        void response(HttpResponse response);

        /**
         * @param content owned by the listener
         */
        void responseContent(HttpContent content);

        /** All that was there for now has been told. */
        void responseRead();

        /** 101: from here on there are bytes. */
        void switched(HttpResponse response);

        void upstreamWritabilityChanged();

        /**
         * The endpoint ended, or broke, before its response was complete.
         *
         * @param untouched whether the endpoint says that it did nothing with the request
         */
        void upstreamLost(String why, boolean untouched);
    }

    /** Null after the exchange: what still comes is thrown away. */
    private @Nullable Listener listener;

    /** The response before the response that the codec is in. */
    private @Nullable HttpResponse interim;

    HttpUpstream(Listener listener) {
        this.listener = listener;
    }

    void retire() {
        listener = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Listener current = listener;
        if (current == null || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
        } else if (object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            current.upstreamLost("upstream: malformed response", false);
        } else if (message instanceof HttpResponse response) {
            head(current, response);
        } else if (message instanceof HttpContent content) {
            if (interim == null) {
                current.responseContent(content);
            } else {
                content.release();
                afterInterim(current, content);
            }
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(Listener current, HttpResponse response) {
        interim = null;
        HttpResponse head =
                new DefaultHttpResponse(
                        response.protocolVersion(), response.status(), response.headers());
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            ReferenceCountUtil.release(response);
            if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                interim = head;
            } else {
                current.interim(head);
                // In HTTP/1.1 it comes with an end of its own.
                interim = response instanceof FullHttpResponse ? null : head;
            }
        } else {
            current.response(head);
            if (response instanceof FullHttpResponse whole) {
                // It may have been told that this is not the response to wait for.
                Listener still = listener;
                if (still != null) {
                    still.responseContent(new DefaultLastHttpContent(whole.content()));
                } else {
                    whole.release();
                }
            }
        }
    }

    private void afterInterim(Listener current, HttpContent content) {
        HttpResponse before = interim;
        if (content instanceof LastHttpContent && before != null) {
            interim = null;
            if (before.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                current.switched(before);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (listener != null) {
            listener.responseRead();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (listener != null) {
            listener.upstreamWritabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            lost("upstream: closed before the response was complete", false);
            Endings.closeIfBothEnded(context.channel());
        } else if (event instanceof Http2ResetFrame reset) {
            lost(
                    "upstream: reset the stream: " + Http2Error.valueOf(reset.errorCode()),
                    reset.errorCode() == Http2Error.REFUSED_STREAM.code());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        lost("upstream: closed before the response was complete", false);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        lost("upstream: " + cause.getMessage(), false);
        context.close();
    }

    private void lost(String why, boolean untouched) {
        if (listener != null) {
            listener.upstreamLost(why, untouched);
        }
    }
}
