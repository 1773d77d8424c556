package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2StreamChannel;

import java.util.concurrent.TimeUnit;

/** The two ends that a channel's bytes can come to, each in the way of the channel. */
final class Endings {
    private static final int LINGER_SECONDS = 10;

    private Endings() {}

    /**
     * Says that no more bytes will follow, after everything that was written: END_STREAM or FIN. A
     * channel whose other direction has ended as well is closed then.
     *
     * @return done when the end is on its way, or can no longer be
     */
    static ChannelFuture finish(Channel channel) {
        ChannelHandlerContext stream = channel.pipeline().context(StreamBytes.class);
        if (stream != null) {
            return ((StreamBytes) stream.handler()).end(stream);
        }
        ChannelPromise done = channel.newPromise();
        // Shutting down a socket drops what is still queued, so that must have left before.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(
                        _ -> {
                            if (channel instanceof SocketChannel socket && socket.isActive()) {
                                socket.shutdownOutput()
                                        .addListener(
                                                _ -> {
                                                    closeIfBothEnded(socket);
                                                    done.trySuccess();
                                                });
                            } else {
                                done.trySuccess();
                            }
                        });
        return done;
    }

    /** A stream is closed by its codec; nobody else closes a socket that has ended both ways. */
    static void closeIfBothEnded(Channel channel) {
        if (channel instanceof SocketChannel socket
                && socket.isInputShutdown()
                && socket.isOutputShutdown()) {
            socket.close();
        }
    }

    /**
     * Ends both directions such that the peer cannot mistake it for a proper end: RST_STREAM with
     * CONNECT_ERROR (RFC 9113 §8.5), or a TCP RST. What is queued is dropped.
     */
    static void abort(Channel channel) {
        PoliteEnd polite = channel.pipeline().get(PoliteEnd.class);
        if (polite != null) {
            polite.hurry();
        }
        if (channel instanceof SocketChannel socket && socket.isOpen()) {
            socket.config().setSoLinger(0);
        } else if (channel instanceof Http2StreamChannel && channel.isActive()) {
            reset(channel, Http2Error.CONNECT_ERROR);
        }
        channel.close();
    }

    /** Below any HTTP/2 that is spoken inside of the stream. */
    private static void reset(Channel channel, Http2Error error) {
        ChannelHandlerContext stream = channel.pipeline().context(StreamBytes.class);
        DefaultHttp2ResetFrame frame = new DefaultHttp2ResetFrame(error);
        if (stream == null) {
            channel.writeAndFlush(frame);
        } else {
            stream.writeAndFlush(frame);
        }
    }

    /**
     * We have ended; a peer that does not, within a while, is let go. A client has its answer then,
     * and may know (RFC 9113 §8.1).
     */
    static void dismissLater(Channel channel) {
        later(
                channel,
                () -> {
                    if (channel instanceof Http2StreamChannel) {
                        reset(channel, Http2Error.NO_ERROR);
                    }
                    channel.close();
                });
    }

    /** We have ended; a peer that does not, within a while, is cut off. */
    static void closeLater(Channel channel) {
        later(channel, channel::close);
    }

    private static void later(Channel channel, Runnable end) {
        if (channel.isActive()) {
            var scheduled = channel.eventLoop().schedule(end, LINGER_SECONDS, TimeUnit.SECONDS);
            channel.closeFuture().addListener(_ -> scheduled.cancel(false));
        }
    }
}
