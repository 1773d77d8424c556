package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;

/** Says that no more bytes will follow, in the way of the channel: END_STREAM or FIN. */
final class HalfClose {
    private HalfClose() {}

    /** After everything that was written. */
    static void of(Channel channel) {
        ChannelHandlerContext stream = channel.pipeline().context(StreamBytes.class);
        if (stream != null) {
            ((StreamBytes) stream.handler()).end(stream);
        } else if (channel instanceof SocketChannel socket && socket.isActive()) {
            socket.shutdownOutput();
        }
    }
}
