package io.ztunnel.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** The server's end of a connection. */
final class Echo extends ChannelInboundHandlerAdapter {
    private long left;

    /**
     * @param bytes after which the connection is closed
     */
    Echo(long bytes) {
        this.left = bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        left -= data.readableBytes();
        if (left > 0) {
            ctx.write(data, ctx.voidPromise());
        } else {
            ctx.writeAndFlush(data).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    /** A client that goes away is none of our business. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
