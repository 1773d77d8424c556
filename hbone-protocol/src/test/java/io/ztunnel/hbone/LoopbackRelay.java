package io.ztunnel.hbone;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A client socket and an application's socket with a relay between them, over the kernel's
 * loopback. The application side is a plain listening socket of the test, or whatever {@code
 * upstream} makes.
 */
final class LoopbackRelay implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    final RecordingObserver observer = new RecordingObserver();
    final CountingAllocator allocator = new CountingAllocator();
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
    private final ServerSocket app;
    private final ServerChannel listener;
    private final Socket client;
    private final UnaryOperator<RelayEnd> wrapper;
    private final CompletableFuture<Relay> relay = new CompletableFuture<>();

    static LoopbackRelay toApp() throws IOException {
        return new LoopbackRelay(null, end -> end);
    }

    /** Relays through buffers however long the connection gets. */
    static LoopbackRelay copyingToApp() throws IOException {
        return new LoopbackRelay(null, CopiedEnd::new);
    }

    /** The server end of the relay is made on the relay's loop by {@code upstream}. */
    static LoopbackRelay to(Function<SocketChannel, RelayEnd> upstream) throws IOException {
        return new LoopbackRelay(upstream, end -> end);
    }

    private LoopbackRelay(
            @Nullable Function<SocketChannel, RelayEnd> up, UnaryOperator<RelayEnd> wrapper)
            throws IOException {
        this.wrapper = wrapper;
        app = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        app.setSoTimeout(TIMEOUT_MILLIS);
        listener =
                (ServerChannel)
                        new ServerBootstrap()
                                .group(loops)
                                .channel(EpollServerSocketChannel.class)
                                // What a peer sends fits into the kernel: how much of it we take
                                // is then a matter of ours.
                                .childOption(ChannelOption.SO_RCVBUF, 4 << 20)
                                .childOption(ChannelOption.ALLOCATOR, allocator)
                                .childHandler(initializer(up))
                                .bind(InetAddress.getLoopbackAddress(), 0)
                                .syncUninterruptibly()
                                .channel();
        client = new Socket();
        client.setSoTimeout(TIMEOUT_MILLIS);
        client.connect(listener.localAddress(), TIMEOUT_MILLIS);
    }

    private ChannelInitializer<SocketChannel> initializer(
            @Nullable Function<SocketChannel, RelayEnd> upstream) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel accepted) {
                ChannelEnd.prepare(accepted);
                // The channel is registered when this returns.
                accepted.eventLoop()
                        .execute(
                                () -> {
                                    ChannelEnd end = new ChannelEnd(accepted);
                                    if (upstream != null) {
                                        Relay.start(end, upstream.apply(accepted), observer);
                                    } else {
                                        connectUpstream(accepted, end);
                                    }
                                });
            }
        };
    }

    private void connectUpstream(SocketChannel accepted, ChannelEnd client) {
        ChannelFuture connected =
                new Bootstrap()
                        .group(accepted.eventLoop())
                        .channelFactory(
                                () -> {
                                    EpollSocketChannel channel = new EpollSocketChannel();
                                    ChannelEnd.prepare(channel);
                                    return channel;
                                })
                        .option(ChannelOption.ALLOCATOR, allocator)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(new InetSocketAddress(app.getInetAddress(), app.getLocalPort()));
        connected.addListener(
                done -> {
                    SocketChannel channel = (SocketChannel) connected.channel();
                    RelayEnd server = wrapper.apply(new ChannelEnd(channel));
                    relay.complete(Relay.start(client, server, observer));
                });
    }

    /** The relay to the application's socket, once it has started. */
    Relay relay() {
        return relay.orTimeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS).join();
    }

    Socket client() {
        return client;
    }

    /** The application's side of the relayed connection. */
    Socket accept() throws IOException {
        Socket accepted = app.accept();
        accepted.setSoTimeout(TIMEOUT_MILLIS);
        return accepted;
    }

    /** Bytes in the socket's send queue that the other side's kernel does not have, proc(5). */
    static long unacknowledged(Socket socket) throws IOException {
        String port = String.format(":%04X", socket.getLocalPort());
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields[1].endsWith(port)) {
                    return Long.parseLong(fields[4].substring(0, 8), 16);
                }
            }
        }
        throw new IOException("no such socket: " + socket);
    }

    @Override
    public void close() throws IOException {
        client.close();
        app.close();
        listener.close().syncUninterruptibly();
        // Without a quiet period a loop may end before it has closed its channels.
        loops.shutdownGracefully(10, 1_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }

    /** Knows the most direct memory that was ever in use at once. */
    static final class CountingAllocator extends AbstractByteBufAllocator {
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        private final AtomicLong peak = new AtomicLong();

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return allocator.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            ByteBuf buffer = allocator.directBuffer(initialCapacity, maxCapacity);
            peak.accumulateAndGet(used(), Math::max);
            return buffer;
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }

        long used() {
            return allocator.metric().usedDirectMemory();
        }

        long peak() {
            return peak.get();
        }
    }
}
