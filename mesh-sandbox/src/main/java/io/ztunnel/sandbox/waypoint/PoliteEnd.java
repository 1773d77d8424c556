package io.ztunnel.sandbox.waypoint;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Sits below an HTTP/2 codec on a stream of bytes. When the codec closes its connection this says
 * that no more bytes will follow, and leaves the peer time to do the same.
 */
final class PoliteEnd extends ChannelDuplexHandler {
    private boolean ending;

    /** The next close is none that anybody waits for. */
    void hurry() {
        ending = true;
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (ending) {
            context.close(promise);
            return;
        }
        ending = true;
        Endings.finish(context.channel())
                .addListener(
                        _ -> {
                            context.channel().config().setAutoRead(true);
                            Endings.closeIfBothEnded(context.channel());
                            Endings.dismissLater(context.channel());
                        });
        context.channel().closeFuture().addListener((ChannelFuture _) -> promise.trySuccess());
    }
}
