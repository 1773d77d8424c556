package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;

import org.jspecify.annotations.Nullable;

/**
 * Has a response that is nothing but its head end with its HEADERS frame. gRPC takes the status
 * from such a frame only ("trailers-only"), and an empty DATA frame after it for a mistake.
 */
final class WholeResponse extends ChannelDuplexHandler {
    private @Nullable HttpResponse head;
    private @Nullable ChannelPromise headPromise;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response && !(message instanceof FullHttpResponse)) {
            pass(context);
            head = response;
            headPromise = promise;
        } else if (head != null && message instanceof LastHttpContent end && isNothing(end)) {
            HttpResponse whole = head;
            end.release();
            settle();
            context.write(
                    new DefaultFullHttpResponse(
                            whole.protocolVersion(),
                            whole.status(),
                            Unpooled.EMPTY_BUFFER,
                            whole.headers(),
                            EmptyHttpHeaders.INSTANCE),
                    promise);
        } else {
            pass(context);
            context.write(message, promise);
        }
    }

    private static boolean isNothing(LastHttpContent end) {
        return !end.content().isReadable() && end.trailingHeaders().isEmpty();
    }

    private void settle() {
        if (headPromise != null) {
            headPromise.trySuccess();
        }
        head = null;
        headPromise = null;
    }

    private void pass(ChannelHandlerContext context) {
        if (head != null && headPromise != null) {
            context.write(head, headPromise);
            head = null;
            headPromise = null;
        }
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        pass(context);
        context.flush();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        settle();
    }
}
