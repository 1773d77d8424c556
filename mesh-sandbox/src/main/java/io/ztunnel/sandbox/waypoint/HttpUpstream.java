package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/** The endpoint's side of one exchange, on a connection of its own. */
final class HttpUpstream extends ChannelInboundHandlerAdapter {
    private static final int BODY_PIECE = 64 * 1024;
    private static final int LINGER_SECONDS = 10;

    /** Nothing after the exchange: what still comes is thrown away. */
    private @Nullable HttpExchange exchange;

    private HttpUpstream(HttpExchange exchange) {
        this.exchange = exchange;
    }

    static void install(Channel channel, HttpExchange exchange) {
        channel.pipeline()
                .addLast(
                        new HttpClientCodec(
                                new HttpDecoderConfig().setMaxChunkSize(BODY_PIECE), false, false),
                        new HttpUpstream(exchange));
    }

    /**
     * The exchange has no further use for the channel.
     *
     * @param properly whether everything was said: the connection then ends as one does, with the
     *     endpoint's consent if that comes soon
     */
    static void retire(Channel channel, boolean properly) {
        HttpUpstream handler = channel.pipeline().get(HttpUpstream.class);
        if (handler != null) {
            handler.exchange = null;
        }
        if (!properly) {
            Endings.abort(channel);
            return;
        }
        Endings.finish(channel);
        channel.config().setAutoRead(true);
        var close =
                channel.eventLoop()
                        .schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().addListener(_ -> close.cancel(false));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        HttpExchange current = exchange;
        if (current == null || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
        } else if (object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            current.upstreamLost("upstream: malformed response");
        } else if (message instanceof HttpResponse response) {
            if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                current.upstreamLost("upstream: changes the protocol");
            } else {
                current.response(response);
            }
        } else if (message instanceof HttpContent content) {
            current.responseContent(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.responseFlushed(context.channel());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.upstreamWritabilityChanged(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            if (exchange != null) {
                exchange.upstreamLost("upstream: closed before the response was complete");
            }
            Endings.closeIfBothEnded(context.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.upstreamLost("upstream: closed before the response was complete");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (exchange != null) {
            exchange.upstreamLost("upstream: " + cause.getMessage());
        }
        context.close();
    }
}
