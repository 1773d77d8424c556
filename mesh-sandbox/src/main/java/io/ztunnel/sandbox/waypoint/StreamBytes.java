package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Makes a CONNECT stream look like a TCP connection: DATA frames are bytes, END_STREAM is a FIN.
 */
final class StreamBytes extends ChannelDuplexHandler {

    private boolean ended;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case Http2DataFrame data -> {
                boolean last = data.isEndStream();
                if (data.content().isReadable()) {
                    context.fireChannelRead(data.content());
                } else {
                    data.release();
                }
                if (last) {
                    context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                }
            }
            case Http2ResetFrame reset -> context.close();
            default -> ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            context.write(new DefaultHttp2DataFrame(bytes), promise);
        } else {
            context.write(message, promise);
        }
    }

    /** Sends END_STREAM once. */
    void end(ChannelHandlerContext context) {
        if (!ended && context.channel().isActive()) {
            ended = true;
            context.writeAndFlush(new DefaultHttp2DataFrame(true));
        }
    }
}
