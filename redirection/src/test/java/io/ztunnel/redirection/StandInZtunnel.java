package io.ztunnel.redirection;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The least a proxy must do: three listeners in the pod, the original destination of what arrives,
 * and a connection there, for inbound with the client's address.
 */
final class StandInZtunnel implements Closeable {
    /** "15001: 10.0.0.1 to 10.0.0.2:80", in order of arrival. */
    final List<String> seen = new CopyOnWriteArrayList<>();

    /** SO_NETNS_COOKIE of every socket. */
    final List<Long> cookies = new CopyOnWriteArrayList<>();

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final PodNetwork network;

    StandInZtunnel(PodNetwork network, SocketSettings settings) throws Exception {
        this.network = network;
        boolean ready = false;
        try {
            for (int port : new int[] {15001, 15006, 15008}) {
                listen(port, settings);
            }
            ready = true;
        } finally {
            if (!ready) {
                close();
            }
        }
    }

    private void listen(int port, SocketSettings settings) throws Exception {
        EpollServerSocketChannel listener = network.newListener();
        cookies.add(SocketOptions.netnsCookie(listener));
        new ServerBootstrap()
                .group(loops)
                .channelFactory(() -> listener)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(
                        new ChannelInitializer<EpollSocketChannel>() {
                            @Override
                            protected void initChannel(EpollSocketChannel accepted) {
                                accepted.pipeline().addLast(new Proxy(port));
                            }
                        })
                .bind(settings.wildcard(port))
                .sync();
    }

    private final class Proxy extends ChannelInboundHandlerAdapter {
        private final int port;

        Proxy(int port) {
            this.port = port;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            EpollSocketChannel accepted = (EpollSocketChannel) ctx.channel();
            cookies.add(SocketOptions.netnsCookie(accepted));
            InetAddress peer = accepted.remoteAddress().getAddress();
            InetSocketAddress destination =
                    port == 15008 ? accepted.localAddress() : OriginalDestination.of(accepted);
            seen.add(
                    "%d: %s to %s port %d"
                            .formatted(
                                    port,
                                    peer.getHostAddress(),
                                    destination.getAddress().getHostAddress(),
                                    destination.getPort()));
            if (port == 15008) {
                accepted.writeAndFlush(Unpooled.copiedBuffer("hbone", StandardCharsets.UTF_8))
                        .addListener(ChannelFutureListener.CLOSE);
                return;
            }
            forward(accepted, destination, port == 15006 ? peer : null);
        }
    }

    private void forward(
            EpollSocketChannel accepted,
            InetSocketAddress destination,
            @Nullable InetAddress source)
            throws IOException {
        EpollSocketChannel upstream = network.newClient(SourceBinding.isIpv6(destination));
        cookies.add(SocketOptions.netnsCookie(upstream));
        upstream.pipeline().addLast(new Back(accepted));
        accepted.eventLoop()
                .register(upstream)
                .addListener(
                        registered ->
                                SourceBinding.connect(upstream, destination, source)
                                        .addListener(
                                                connected -> {
                                                    if (!connected.isSuccess()) {
                                                        seen.add("failed: " + connected.cause());
                                                        accepted.close();
                                                    }
                                                }));
    }

    private static final class Back extends ChannelInboundHandlerAdapter {
        private final Channel client;

        Back(Channel client) {
            this.client = client;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            client.writeAndFlush(bytes);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void close() {
        network.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
