package io.ztunnel.bench.load;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.ztunnel.bench.mesh.Place;
import io.ztunnel.bench.mesh.Running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The threads of all load: two for clients, so that a flood and who suffers from it share none. */
public final class Loops implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final MultiThreadIoEventLoopGroup clients =
            new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    private final MultiThreadIoEventLoopGroup servers =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    /** For one load; the next call gives the other one. */
    EventLoop client() {
        return clients.next();
    }

    /** A socket of a pod, for clients. Any platform thread. */
    static EpollSocketChannel socket(Place pod) {
        try {
            EpollSocketChannel channel = pod.inside(EpollSocketChannel::new);
            channel.config().setTcpNoDelay(true).setAllocator(PooledByteBufAllocator.DEFAULT);
            return channel;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Echoes what it is sent, on a port of a pod, until closed. */
    public Running echo(Place pod, int port) throws IOException {
        return serve(pod, port, Long.MAX_VALUE);
    }

    /** Echoes so many bytes of each connection and closes it: who closes first keeps the port. */
    public Running echoAndClose(Place pod, int port, long bytes) throws IOException {
        return serve(pod, port, bytes);
    }

    private Running serve(Place pod, int port, long bytes) throws IOException {
        EpollServerSocketChannel listener = pod.inside(EpollServerSocketChannel::new);
        new ServerBootstrap()
                .group(servers)
                .channelFactory(() -> listener)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                channel.pipeline().addLast(new Echo(bytes));
                            }
                        })
                .bind(new InetSocketAddress(port))
                .syncUninterruptibly();
        return () -> listener.close().syncUninterruptibly();
    }

    /** Payload that every connection may send again and again. */
    static ByteBuf payload(int bytes) {
        return io.netty.buffer.Unpooled.unreleasableBuffer(
                PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes).asReadOnly());
    }

    @Override
    public void close() {
        clients.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3000);
        servers.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3000);
    }
}
