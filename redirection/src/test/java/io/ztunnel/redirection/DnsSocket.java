package io.ztunnel.redirection;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** A socket as the DNS proxy asks upstream with. */
final class DnsSocket implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<String> received = new ArrayBlockingQueue<>(8);
    private final EpollDatagramChannel channel;

    DnsSocket(NetworkNamespace pod, boolean ipv6) throws IOException {
        try (var network = new NamespaceNetwork(pod.duplicate(), SocketSettings.defaults())) {
            channel = network.newDatagram(ipv6);
        }
        new Bootstrap()
                .group(loop)
                .channelFactory(() -> channel)
                .handler(
                        new SimpleChannelInboundHandler<DatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext ctx, DatagramPacket packet) {
                                received.add(packet.content().toString(StandardCharsets.UTF_8));
                            }
                        })
                .bind(new InetSocketAddress(ipv6 ? "::" : "0.0.0.0", 0))
                .syncUninterruptibly();
    }

    int port() {
        return channel.localAddress().getPort();
    }

    void send(String text, InetSocketAddress to) {
        channel.writeAndFlush(
                        new DatagramPacket(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), to))
                .syncUninterruptibly();
    }

    String receive() throws InterruptedException {
        return Objects.requireNonNull(received.poll(5, TimeUnit.SECONDS), "no answer");
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
