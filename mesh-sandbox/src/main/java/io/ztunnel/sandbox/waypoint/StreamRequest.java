package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

/** One request of a client that speaks HTTP/2: one stream of its connection. */
final class StreamRequest extends ChannelInboundHandlerAdapter {
    private final Dialled dialled;
    private @Nullable HttpExchange exchange;

    @SuppressWarnings("NullAway.Init") // set by handlerAdded
    private Pull pull;

    StreamRequest(Dialled dialled) {
        this.dialled = dialled;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        pull = new Pull(message -> handle(context, message), context::read);
        context.executor().execute(() -> pull.want());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof FullHttpRequest whole) {
            // A stream that is over with its headers; the exchange knows heads and contents.
            pull.offer(
                    new DefaultHttpRequest(
                            whole.protocolVersion(), whole.method(), whole.uri(), whole.headers()));
            pull.offer(new DefaultLastHttpContent(whole.content()));
        } else {
            pull.offer(message);
        }
    }

    private void handle(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && exchange == null) {
            HttpExchange next = new HttpExchange(dialled, request, new Client(context));
            exchange = next;
            next.begin();
        } else if (message instanceof HttpContent content && exchange != null) {
            exchange.requestContent(content);
        } else {
            ReferenceCountUtil.release(message);
            pull.want();
        }
    }

    private final class Client implements ClientSide {
        private final ChannelHandlerContext context;

        private Client(ChannelHandlerContext context) {
            this.context = context;
        }

        @Override
        public Channel channel() {
            return context.channel();
        }

        @Override
        public void read() {
            pull.want();
        }

        @Override
        public void interim(HttpResponseStatus status, HttpHeaders headers) {
            // The codec takes 100 in this form only, and the others only in the other.
            HttpResponse interim =
                    status.equals(HttpResponseStatus.CONTINUE)
                            ? new DefaultFullHttpResponse(
                                    HttpVersion.HTTP_1_1,
                                    status,
                                    Unpooled.EMPTY_BUFFER,
                                    headers,
                                    EmptyHttpHeaders.INSTANCE)
                            : new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers);
            context.channel().writeAndFlush(interim);
        }

        @Override
        public boolean frame(HttpResponse response, boolean keepAlive) {
            return keepAlive;
        }

        @Override
        public void done(boolean keepAlive) {
            boolean complete = exchange == null || !exchange.wantsRequest();
            exchange = null;
            if (!complete) {
                // It has its answer and need not send the rest (RFC 9113 §8.1).
                context.channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
                context.channel().close();
            }
        }

        @Override
        public void abort() {
            exchange = null;
            context.channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
            context.channel().close();
        }

        @Override
        public boolean http2() {
            return true;
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            lost("the client reset the stream: " + Http2Error.valueOf(reset.errorCode()));
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        lost("the client left");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        lost("client: " + cause.getMessage());
        context.channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR));
        context.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pull.release();
    }

    private void lost(String why) {
        HttpExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientLost(why);
        }
    }
}
