package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

/**
 * The HTTP/1.1 requests of one client stream, one after the other: nothing of the next is looked at
 * before the last is answered in full. Sits behind the codec.
 */
final class HttpProxy extends ChannelInboundHandlerAdapter {
    private static final int BODY_PIECE = 64 * 1024;

    private final Dialled dialled;
    private @Nullable HttpExchange exchange;

    @SuppressWarnings("NullAway.Init") // set by handlerAdded
    private Pull pull;

    /** Nothing more is answered: what still comes is thrown away. */
    private boolean closing;

    private boolean clientEnded;

    /** The waypoint stops: what is under way is the last. */
    private boolean stopping;

    private HttpProxy(Dialled dialled) {
        this.dialled = dialled;
    }

    /** Serves what a stream of bytes carries. */
    static void install(Channel stream, Dialled dialled) {
        stream.pipeline()
                .addLast(
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(Http2.MAX_HEADER_BYTES)
                                        .setMaxHeaderSize(Http2.MAX_HEADER_BYTES)
                                        .setMaxChunkSize(BODY_PIECE)),
                        new HttpProxy(dialled));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        pull = new Pull(message -> handle(context, message), () -> empty(context));
        // Behind the handler that adds this one: its own message is not done with yet.
        context.executor().execute(() -> pull.want());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        pull.offer(message);
    }

    private void handle(ChannelHandlerContext context, Object message) {
        if (closing || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
            pull.want();
        } else if (object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            malformed(context);
        } else if (message instanceof HttpRequest request) {
            HttpExchange next = new HttpExchange(dialled, request, new Client(context, request));
            exchange = next;
            next.begin();
        } else if (message instanceof HttpContent content && exchange != null) {
            exchange.requestContent(content);
        } else {
            ReferenceCountUtil.release(message);
            pull.want();
        }
    }

    private void malformed(ChannelHandlerContext context) {
        HttpExchange current = exchange;
        if (current == null) {
            HttpRequest unknown = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "?");
            current = new HttpExchange(dialled, unknown, new Client(context, unknown));
            exchange = current;
        }
        current.malformed();
    }

    private final class Client implements ClientSide {
        private final ChannelHandlerContext context;
        private final HttpRequest request;
        private final boolean modern;

        private Client(ChannelHandlerContext context, HttpRequest request) {
            this.context = context;
            this.request = request;
            this.modern = request.protocolVersion().isKeepAliveDefault();
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
            if (modern) {
                context.channel()
                        .writeAndFlush(
                                new DefaultFullHttpResponse(
                                        HttpVersion.HTTP_1_1,
                                        status,
                                        Unpooled.EMPTY_BUFFER,
                                        headers,
                                        EmptyHttpHeaders.INSTANCE));
            }
        }

        @Override
        public boolean frame(HttpResponse response, boolean keepAlive) {
            boolean again = keepAlive && !stopping;
            if (!hasOwnEnd(response)) {
                if (modern) {
                    HttpUtil.setTransferEncodingChunked(response, true);
                } else {
                    // The body ends with the connection.
                    again = false;
                }
            } else if (!modern && HttpUtil.isTransferEncodingChunked(response)) {
                response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
                again = false;
            }
            HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), again);
            return again;
        }

        private boolean hasOwnEnd(HttpResponse response) {
            return HttpUtil.isContentLengthSet(response)
                    || HttpUtil.isTransferEncodingChunked(response)
                    || request.method().equals(HttpMethod.HEAD)
                    || response.status().equals(HttpResponseStatus.NO_CONTENT)
                    || response.status().equals(HttpResponseStatus.NOT_MODIFIED);
        }

        @Override
        public void done(boolean keepAlive) {
            exchange = null;
            if (keepAlive && !stopping) {
                pull.want();
            } else {
                close(context);
            }
        }

        @Override
        public void abort() {
            exchange = null;
            Endings.abort(context.channel());
        }

        @Override
        public boolean http2() {
            return false;
        }
    }

    private void close(ChannelHandlerContext context) {
        if (closing) {
            return;
        }
        closing = true;
        // The answer may wait for a slow client; only then begins what the client has to end.
        Endings.finish(context.channel()).addListener(_ -> Endings.dismissLater(context.channel()));
        if (!clientEnded) {
            pull.want();
        }
    }

    private void empty(ChannelHandlerContext context) {
        if (!clientEnded) {
            context.read();
            return;
        }
        // The client has ended, and everything it sent was looked at.
        pull.satisfied();
        if (exchange == null) {
            close(context);
        } else if (exchange.wantsRequest()) {
            exchange.clientLost("the request is incomplete");
            Endings.abort(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            clientEnded = true;
            pull.drain();
        } else if (event == Drain.INSTANCE) {
            stopping = true;
            if (exchange == null) {
                close(context);
            }
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
        Endings.abort(context.channel());
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
