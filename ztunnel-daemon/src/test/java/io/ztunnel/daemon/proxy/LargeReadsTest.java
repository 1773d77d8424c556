package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.RelayIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A channel is read to its end in the way that it was first read. Who reads first, when little
 * comes, must not leave the rest to be read in small pieces.
 */
@Timeout(60)
class LargeReadsTest {
    private static final int BYTES = 1 << 20;

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());

    @AfterEach
    void stop() throws Exception {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    /** Counts what it is given. */
    private static final class Reads extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Integer> whole = new CompletableFuture<>();
        private int bytes;
        private int reads;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            bytes += ((ByteBuf) message).readableBytes();
            reads++;
            ((ByteBuf) message).release();
            if (bytes == BYTES) {
                whole.complete(reads);
            }
        }
    }

    private Socket connected(Consumer<EpollSocketChannel> first) throws Exception {
        Channel listener =
                new ServerBootstrap()
                        .group(loops)
                        .channel(EpollServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<EpollSocketChannel>() {
                                    @Override
                                    protected void initChannel(EpollSocketChannel channel) {
                                        first.accept(channel);
                                    }
                                })
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .sync()
                        .channel();
        Socket client = new Socket();
        client.connect(listener.localAddress());
        return client;
    }

    private static int readsOf(Reads reads, Socket client) throws Exception {
        client.getOutputStream().write(new byte[BYTES]);
        return reads.whole.get(20, TimeUnit.SECONDS);
    }

    @Test
    void afterAHandshakeOfSocks() throws Exception {
        Reads reads = new Reads();
        CompletableFuture<EpollSocketChannel> asked = new CompletableFuture<>();
        try (Socket client =
                connected(
                        channel -> {
                            ChannelEnd.prepare(channel);
                            var outcome =
                                    new Socks5Handshake.Outcome() {
                                        @Override
                                        public void onTarget(Socks5Handshake.Target target) {
                                            asked.complete(channel);
                                        }

                                        @Override
                                        public void onViolation(String why) {
                                            asked.completeExceptionally(new AssertionError(why));
                                        }
                                    };
                            new Socks5Handshake(channel, outcome);
                            channel.eventLoop().execute(channel::read);
                        })) {
            client.getOutputStream().write(new byte[] {5, 1, 0});
            assertThat(client.getInputStream().readNBytes(2)).containsExactly(5, 0);
            client.getOutputStream().write(new byte[] {5, 1, 0, 1, 10, 0, 0, 1, 0, 80});
            EpollSocketChannel channel = asked.get(20, TimeUnit.SECONDS);
            channel.eventLoop()
                    .submit(
                            () -> {
                                channel.pipeline().remove(Socks5Handshake.class);
                                channel.pipeline().addLast(reads);
                                ChannelEnd.prepare(channel);
                                channel.config().setAutoRead(true);
                            })
                    .sync();
            assertThat(readsOf(reads, client)).isLessThan(BYTES / 1024);
        }
    }

    @Test
    void afterAWaitForACertificate() throws Exception {
        Reads reads = new Reads();
        CompletableFuture<EpollSocketChannel> accepted = new CompletableFuture<>();
        CompletableFuture<HeldBytes> early = new CompletableFuture<>();
        try (Socket client =
                connected(
                        channel -> {
                            early.complete(HeldBytes.on(channel));
                            accepted.complete(channel);
                        })) {
            EpollSocketChannel channel = accepted.get(20, TimeUnit.SECONDS);
            channel.eventLoop()
                    .submit(
                            () -> {
                                channel.pipeline().addLast(reads);
                                early.join().release();
                                channel.config().setAutoRead(true);
                            })
                    .sync();
            assertThat(readsOf(reads, client)).isLessThan(BYTES / 1024 / 3);
        }
    }
}
