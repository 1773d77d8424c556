package io.ztunnel.daemon.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Reads a connection that nobody can serve yet: only who reads learns that the peer has left. Holds
 * what comes, about as much as a TLS client says before it waits for an answer, and then stops.
 */
final class HeldBytes extends ChannelInboundHandlerAdapter {
    private static final int LIMIT = 4 * 1024;

    /**
     * Small at first. A channel keeps what it was first read with, and a tunnel that began here
     * lives for days: its reads must be able to grow.
     */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(LIMIT / 2, LIMIT / 2, 128 * 1024)
                    .maxMessagesPerRead(16);

    private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(2);
    private int bytes;
    private @Nullable ChannelHandlerContext context;

    /** Joins a channel that is not registered yet; it reads from its registration on. */
    static HeldBytes on(Channel channel) {
        HeldBytes held = new HeldBytes();
        channel.config().setRecvByteBufAllocator(READS);
        channel.pipeline().addLast(held);
        return held;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Leaves, and gives what was held to the handlers behind it. On the channel's loop. */
    void release() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (held.isEmpty()) {
            return;
        }
        for (ByteBuf next = held.poll(); next != null; next = held.poll()) {
            ctx.fireChannelRead(next);
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        held.add(data);
        bytes += data.readableBytes();
        if (bytes >= LIMIT) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {}

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        for (ByteBuf next = held.poll(); next != null; next = held.poll()) {
            next.release();
        }
        ctx.fireChannelInactive();
    }

    /** A reset, in all likelihood: there is nobody left to tell. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof Exception)) {
            ctx.fireExceptionCaught(cause);
        }
        ctx.close();
    }
}
