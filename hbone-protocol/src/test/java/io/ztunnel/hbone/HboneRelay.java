package io.ztunnel.hbone;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The whole way of a byte over the kernel's loopback: client socket, relay, pooled tunnel over TLS,
 * relay, application's socket. Each half has an event loop of its own, and counts its memory.
 */
final class HboneRelay implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final TestCa CA = TestCa.root("cluster.local");
    private static final HboneTls TLS = new HboneTls(false, HboneTls.DEFAULT_GROUPS);
    private static final ConnectRequest REQUEST =
            new ConnectRequest("10.0.0.1:80", List.of(), null, null, null);

    /** One connection as one half sees it. */
    record Half(Relay relay, RecordingObserver observer) {}

    final LoopbackRelay.CountingAllocator clientMemory = new LoopbackRelay.CountingAllocator();
    final LoopbackRelay.CountingAllocator serverMemory = new LoopbackRelay.CountingAllocator();
    final BlockingQueue<Half> outbound = new LinkedBlockingQueue<>();
    final BlockingQueue<Half> inbound = new LinkedBlockingQueue<>();
    final BlockingQueue<InboundTunnel> tunnels = new LinkedBlockingQueue<>();
    final TunnelPool pool;

    private final MultiThreadIoEventLoopGroup clientLoops =
            new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
    private final MultiThreadIoEventLoopGroup serverLoops =
            new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
    private final ChannelGroup accepted =
            new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ExecutorService tasks = Executors.newFixedThreadPool(2);
    private final TlsContext serverTls;
    private final TlsContext clientTls;
    private final ServerSocket app = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    private final ServerChannel hbone;
    private final ServerChannel listener;
    private final TunnelKey key;
    private final ByteBufAllocator serverAllocator;

    HboneRelay(HboneSettings settings) throws Exception {
        this(settings, null);
    }

    /**
     * @param shared the memory of both halves, which is not counted then
     */
    HboneRelay(HboneSettings settings, @Nullable ByteBufAllocator shared) throws Exception {
        ByteBufAllocator clientAllocator = shared != null ? shared : clientMemory;
        serverAllocator = shared != null ? shared : serverMemory;
        app.setSoTimeout(TIMEOUT_MILLIS);
        serverTls = TLS.server(CA.issue(Rig.SERVER));
        clientTls = TLS.client(CA.issue(Rig.CLIENT), List.of(Rig.SERVER));
        hbone =
                listen(
                        serverLoops,
                        serverAllocator,
                        accepted,
                        child ->
                                HboneServer.start(
                                        child,
                                        serverTls,
                                        settings,
                                        ByteBudget.unlimited(),
                                        tasks,
                                        new Server()));
        InetSocketAddress to = (InetSocketAddress) hbone.localAddress();
        key = new TunnelKey(Rig.CLIENT, List.of(Rig.SERVER), to.getAddress(), to);
        EventLoop home = clientLoops.next();
        pool =
                new TunnelPool(
                        settings,
                        TunnelLimits.DEFAULTS,
                        home,
                        List.of(home),
                        (wanted, loop) -> {
                            EpollSocketChannel channel = new EpollSocketChannel();
                            channel.config().setAllocator(clientAllocator);
                            return HboneClient.connect(
                                    wanted,
                                    channel,
                                    loop,
                                    clientTls,
                                    settings,
                                    ByteBudget.unlimited(),
                                    tasks);
                        });
        listener = listen(clientLoops, clientAllocator, accepted, this::captured);
    }

    private interface Accepted {
        void on(SocketChannel channel) throws Exception;
    }

    private static ServerChannel listen(
            MultiThreadIoEventLoopGroup loops,
            ByteBufAllocator memory,
            ChannelGroup children,
            Accepted accepted) {
        return (ServerChannel)
                new ServerBootstrap()
                        .group(loops)
                        .channel(EpollServerSocketChannel.class)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childOption(ChannelOption.ALLOCATOR, memory)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel child) {
                                        children.add(child);
                                        child.eventLoop().execute(() -> run(child));
                                    }

                                    private void run(SocketChannel child) {
                                        try {
                                            accepted.on(child);
                                        } catch (Exception e) {
                                            throw new AssertionError(e);
                                        }
                                    }
                                })
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .syncUninterruptibly()
                        .channel();
    }

    /** What an outbound proxy does with a connection that it has accepted. */
    private void captured(SocketChannel channel) throws HboneException {
        ChannelEnd.prepare(channel);
        ChannelEnd client = new ChannelEnd(channel);
        Lease lease = pool.acquire(key);
        lease.tunnel()
                .addListener(
                        (Future<OutboundTunnel> tunnel) -> {
                            if (tunnel.isSuccess()) {
                                connect(tunnel.getNow(), client, lease);
                            } else {
                                client.abort();
                                lease.release();
                            }
                        });
    }

    private void connect(OutboundTunnel tunnel, ChannelEnd client, Lease lease) {
        StreamEnd server = new StreamEnd();
        tunnel.connect(REQUEST, server)
                .addListener(
                        (Future<HboneStream> stream) -> {
                            if (!stream.isSuccess()) {
                                client.abort();
                                lease.release();
                                return;
                            }
                            server.opened(stream.getNow());
                            RecordingObserver observer =
                                    new RecordingObserver() {
                                        @Override
                                        public void onComplete(@Nullable Throwable error) {
                                            lease.release();
                                            super.onComplete(error);
                                        }
                                    };
                            outbound.add(new Half(Relay.start(client, server, observer), observer));
                        });
    }

    /** What an inbound proxy does with a stream. */
    private final class Server implements ConnectHandler {
        @Override
        public void onTunnel(InboundTunnel tunnel) {
            tunnels.add(tunnel);
        }

        @Override
        public void onConnect(InboundStream stream) {
            ChannelFuture connected =
                    new Bootstrap()
                            .group(stream.eventLoop())
                            .channelFactory(
                                    () -> {
                                        EpollSocketChannel channel = new EpollSocketChannel();
                                        ChannelEnd.prepare(channel);
                                        return channel;
                                    })
                            .option(ChannelOption.ALLOCATOR, serverAllocator)
                            .handler(new ChannelInboundHandlerAdapter())
                            .connect(app.getLocalSocketAddress());
            connected.addListener(
                    done -> {
                        if (!done.isSuccess()) {
                            stream.refuse(503);
                            return;
                        }
                        stream.accept(null);
                        RecordingObserver observer = new RecordingObserver();
                        ChannelEnd server = new ChannelEnd((SocketChannel) connected.channel());
                        Relay relay = Relay.start(new StreamEnd(stream), server, observer);
                        inbound.add(new Half(relay, observer));
                    });
        }
    }

    /** All of the client's half runs on it. */
    EventLoop clientLoop() {
        return clientLoops.next();
    }

    /** All of the server's half runs on it. */
    EventLoop serverLoop() {
        return serverLoops.next();
    }

    /** A client's connection. */
    Socket dial() throws IOException {
        Socket client = new Socket();
        client.setSoTimeout(TIMEOUT_MILLIS);
        client.connect(listener.localAddress(), TIMEOUT_MILLIS);
        return client;
    }

    /** The application's side of a connection. */
    Socket accept() throws IOException {
        Socket accepted = app.accept();
        accepted.setSoTimeout(TIMEOUT_MILLIS);
        return accepted;
    }

    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        if (next == null) {
            throw new AssertionError("nothing came");
        }
        return next;
    }

    @Override
    public void close() throws IOException {
        listener.close().syncUninterruptibly();
        pool.close().syncUninterruptibly();
        hbone.close().syncUninterruptibly();
        app.close();
        accepted.close().syncUninterruptibly();
        // A closed channel gives up its TLS engine in a later task of its loop.
        clientLoops.submit(() -> {}).syncUninterruptibly();
        serverLoops.submit(() -> {}).syncUninterruptibly();
        clientLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        serverLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        tasks.shutdown();
        serverTls.close();
        clientTls.close();
    }
}
