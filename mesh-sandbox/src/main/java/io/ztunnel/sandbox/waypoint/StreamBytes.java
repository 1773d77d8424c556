package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Makes a CONNECT stream look like a TCP connection: DATA frames are bytes, END_STREAM is a FIN, a
 * reset is an exception, as is a connection that breaks before the FIN.
 */
final class StreamBytes extends ChannelDuplexHandler {
    private boolean inputEnded;
    private @Nullable ChannelFuture outputEnded;

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
                endInput(context, last);
            }
            case Http2HeadersFrame trailers -> endInput(context, trailers.isEndStream());
            default -> ReferenceCountUtil.release(message);
        }
    }

    private void endInput(ChannelHandlerContext context, boolean last) {
        if (last && !inputEnded) {
            inputEnded = true;
            context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        switch (event) {
            // "No error" follows an END_STREAM that may still be queued; the codec closes the
            // channel when the queue has been read.
            case Http2ResetFrame reset when reset.errorCode() == Http2Error.NO_ERROR.code() -> {}
            case Http2ResetFrame reset ->
                    context.fireExceptionCaught(
                            new IOException(
                                    "stream reset with " + Http2Error.valueOf(reset.errorCode())));
            case IdleStateEvent _ ->
                    context.fireExceptionCaught(new IOException("no byte for too long"));
            default -> context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!inputEnded) {
            context.fireExceptionCaught(new IOException("tunnel lost"));
        }
        context.fireChannelInactive();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf empty && !empty.isReadable()) {
            // Peers take a row of empty frames for an attack.
            empty.release();
            promise.setSuccess();
        } else if (message instanceof ByteBuf bytes) {
            context.write(new DefaultHttp2DataFrame(bytes), promise);
        } else {
            context.write(message, promise);
        }
    }

    /** Sends END_STREAM once, after everything that was written. */
    ChannelFuture end(ChannelHandlerContext context) {
        ChannelFuture sent = outputEnded;
        if (sent == null) {
            sent = context.writeAndFlush(new DefaultHttp2DataFrame(true));
            outputEnded = sent;
        }
        return sent;
    }
}
