package io.ztunnel.hbone;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Event loops, listeners on loopback and what else tests with real sockets share. */
final class Rig implements AutoCloseable {
    static final String CLIENT = "spiffe://td/ns/client/sa/default";
    static final String SERVER = "spiffe://td/ns/server/sa/default";

    final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, RelayIoHandler.newFactory());
    final ExecutorService tasks = Executors.newFixedThreadPool(2);

    /** Listens on loopback; each accepted channel is given to the consumer on its event loop. */
    InetSocketAddress listen(Consumer<Channel> accepted) throws Exception {
        Channel server =
                new ServerBootstrap()
                        .group(loops)
                        .channel(EpollServerSocketChannel.class)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel child) {
                                        // Active only once registration is complete.
                                        child.eventLoop().execute(() -> accepted.accept(child));
                                    }
                                })
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .sync()
                        .channel();
        return (InetSocketAddress) server.localAddress();
    }

    InetSocketAddress serve(TlsContext tls, HboneSettings settings, InboundTunnelHandler handler)
            throws Exception {
        return listen(
                child ->
                        HboneServer.start(
                                child, tls, settings, ByteBudget.unlimited(), tasks, handler));
    }

    Future<OutboundTunnel> connect(InetSocketAddress to, TlsContext tls, HboneSettings settings) {
        return connect(to, tls, settings, loops.next());
    }

    Future<OutboundTunnel> connect(
            InetSocketAddress to, TlsContext tls, HboneSettings settings, EventLoop loop) {
        TunnelKey key = new TunnelKey(CLIENT, List.of(SERVER), to.getAddress(), to);
        return HboneClient.connect(
                key, new EpollSocketChannel(), loop, tls, settings, ByteBudget.unlimited(), tasks);
    }

    /** A connection whose pipeline is made of the handlers. */
    Channel plain(InetSocketAddress to, ChannelHandler... handlers) throws Exception {
        return new Bootstrap()
                .group(loops)
                .channel(EpollSocketChannel.class)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(handlers);
                            }
                        })
                .connect(to)
                .sync()
                .channel();
    }

    /** The future's value; its cause as the exception when it failed. */
    static <T> T get(Future<T> future) throws Exception {
        if (!future.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("not done in time");
        }
        if (!future.isSuccess()) {
            throw new java.util.concurrent.ExecutionException(future.cause());
        }
        return future.getNow();
    }

    /** Why the future failed. */
    static HboneException failure(Future<?> future) throws Exception {
        if (!future.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("not done in time");
        }
        return (HboneException) future.cause();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        tasks.shutdown();
    }
}
