package io.ztunnel.daemon.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/**
 * Requests that come as packets. A reply that finds no room in the socket is lost, as packets are.
 */
final class UdpRequests extends SimpleChannelInboundHandler<DatagramPacket> {
    private static final Logger log = LoggerFactory.getLogger(UdpRequests.class);

    private final Requests requests;

    UdpRequests(Requests requests) {
        this.requests = requests;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
        ByteBuf content = packet.content();
        byte[] bytes = new byte[content.readableBytes()];
        content.readBytes(bytes);
        requests.handle(
                bytes,
                Protocol.UDP,
                reply -> {
                    if (reply != null && context.channel().isWritable()) {
                        context.writeAndFlush(
                                new DatagramPacket(Unpooled.wrappedBuffer(reply), packet.sender()));
                    }
                });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
        if (cause instanceof IOException) {
            log.debug("a DNS packet was lost: {}", cause.toString());
        } else {
            super.exceptionCaught(context, cause);
        }
    }
}
