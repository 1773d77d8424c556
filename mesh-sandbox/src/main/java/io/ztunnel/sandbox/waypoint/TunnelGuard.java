package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;

/**
 * The last handler of a tunnel's connection: finds out that a silent peer is gone, and takes what
 * no stream takes.
 */
final class TunnelGuard extends ChannelInboundHandlerAdapter {
    private static final long PING = 0x776179706f696e74L;

    private final ChannelGroup streams;

    TunnelGuard(Channel connection) {
        this.streams = new DefaultChannelGroup(connection.eventLoop());
    }

    /** A stream that nobody may be reading from when the connection ends; it is closed then. */
    void add(Channel stream) {
        streams.add(stream);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        // Settings, answers to pings, GOAWAY: the codec has acted on them.
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent idle) {
            if (idle.isFirst()) {
                context.writeAndFlush(new DefaultHttp2PingFrame(PING));
            } else {
                // Not even the ping was answered.
                context.channel().close();
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        streams.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // The codec has sent GOAWAY for what the peer did wrong; anything else broke the socket.
        context.channel().close();
    }
}
