package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

import org.jspecify.annotations.Nullable;

/**
 * One direction of a joined pair of channels: what one reads the other writes, reading stops while
 * the other cannot take more, and an end is passed on as an end, an abort as an abort.
 */
final class Joint extends ChannelInboundHandlerAdapter {
    private final Channel other;
    private long bytes;
    private boolean ended;
    private boolean cut;

    /** How the other direction is doing. */
    private @Nullable Joint opposite;

    private Joint(Channel other) {
        this.other = other;
    }

    /** Told once, when both channels are closed. */
    @FunctionalInterface
    interface Listener {
        /**
         * @param fromFirst bytes
         * @param fromSecond bytes
         * @param cut whether a direction did not come to a proper end
         */
        void over(long fromFirst, long fromSecond, boolean cut);
    }

    /** Joins two channels of one event loop, and starts to read from both. */
    static void join(Channel first, Channel second, Listener listener) {
        join(first, second, listener, () -> {});
    }

    /**
     * @param before run when the bytes that either channel fires would be joined, and neither is
     *     read yet
     */
    static void join(Channel first, Channel second, Listener listener, Runnable before) {
        Joint fromFirst = new Joint(second);
        Joint fromSecond = new Joint(first);
        fromFirst.opposite = fromSecond;
        fromSecond.opposite = fromFirst;
        first.pipeline().addLast(fromFirst);
        second.pipeline().addLast(fromSecond);
        first.closeFuture()
                .addListener(
                        _ ->
                                second.closeFuture()
                                        .addListener(
                                                _ ->
                                                        listener.over(
                                                                fromFirst.bytes,
                                                                fromSecond.bytes,
                                                                fromFirst.cut || fromSecond.cut)));
        before.run();
        first.config().setAutoRead(true);
        second.config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        bytes += ((ByteBuf) message).readableBytes();
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
        if (opposite != null && !opposite.ended) {
            other.config().setAutoRead(context.channel().isWritable());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            ended = true;
            Endings.finish(other);
            Endings.closeIfBothEnded(context.channel());
        }
    }

    /** A channel that takes no more although the other has not ended: it is no use any longer. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (ended) {
            Endings.finish(other).addListener(_ -> other.close());
        } else {
            cut = true;
            Endings.abort(other);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        cut |= !ended || other.isActive();
        Endings.abort(context.channel());
        Endings.abort(other);
    }
}
