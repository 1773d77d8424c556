package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/**
 * HTTP/2 inside a stream of bytes: what a client speaks within its tunnel, and an endpoint within
 * ours. Each request is a channel that takes and gives HTTP objects.
 */
final class RequestStreams {
    private RequestStreams() {}

    /** Serves the requests of a client that has begun, or is about to begin, with the preface. */
    static void serve(Channel bytes, Dialled dialled) {
        bytes.pipeline().addLast(new PoliteEnd());
        Http2.serveRequests(
                bytes,
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.config().setAutoRead(false);
                        stream.pipeline()
                                .addLast(
                                        new Http2StreamFrameToHttpObjectCodec(true),
                                        new WholeResponse(),
                                        new StreamRequest(dialled));
                    }
                },
                new Guard());
        // Behind what was read to find out that it is HTTP/2.
        bytes.eventLoop().execute(() -> bytes.config().setAutoRead(true));
    }

    /** Opens a connection on fresh bytes, and a stream for one request. */
    static Future<Channel> open(Channel bytes, HttpUpstream handler) {
        bytes.pipeline().addLast(new PoliteEnd());
        Http2.connectForRequest(bytes, new Guard());
        bytes.config().setAutoRead(true);
        Promise<Channel> opened = bytes.eventLoop().newPromise();
        new Http2StreamChannelBootstrap(bytes)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel stream) {
                                stream.config().setAutoRead(false);
                                stream.pipeline()
                                        .addLast(
                                                new Http2StreamFrameToHttpObjectCodec(false),
                                                handler);
                            }
                        })
                .open()
                .addListener(
                        (Future<Channel> done) -> {
                            if (done.isSuccess()) {
                                opened.setSuccess(done.getNow());
                            } else {
                                opened.setFailure(done.cause());
                            }
                        });
        return opened;
    }

    /** The last handler of such a connection. */
    private static final class Guard extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            // Settings, GOAWAY, pings: the codec has acted on them.
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event.equals(ChannelInputShutdownEvent.INSTANCE) || event == Drain.INSTANCE) {
                // Sends GOAWAY, and waits for what is under way.
                context.channel().close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            Endings.abort(context.channel());
        }
    }
}
