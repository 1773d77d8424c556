package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * One direction of a joined pair of channels: what one reads the other writes, reading stops while
 * the other cannot take more, and an end is passed on as an end.
 */
final class Joint extends ChannelInboundHandlerAdapter {
    private final Channel other;

    private Joint(Channel other) {
        this.other = other;
    }

    /** Joins two channels of one event loop, and starts to read from both. */
    static void join(Channel a, Channel b) {
        a.pipeline().addLast(new Joint(b));
        b.pipeline().addLast(new Joint(a));
        a.config().setAutoRead(true);
        b.config().setAutoRead(true);
        a.read();
        b.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        other.write(message);
        if (!other.isWritable()) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        other.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        other.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            other.flush();
            HalfClose.of(other);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        other.flush();
        HalfClose.of(other);
        if (!(other instanceof io.netty.channel.socket.SocketChannel)) {
            return;
        }
        other.eventLoop().execute(other::close);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
        other.close();
    }
}
