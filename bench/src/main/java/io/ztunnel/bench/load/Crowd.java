package io.ztunnel.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.bench.mesh.Place;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Many connections that have been used once and then stay as they are. */
public final class Crowd implements AutoCloseable {
    private static final int AT_ONCE = 64;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final EventLoop loop;
    private final Place from;
    private final InetSocketAddress to;
    private final int wanted;
    private final ByteBuf request = Loops.payload(Connections.BYTES);
    private final List<EpollSocketChannel> channels = new ArrayList<>();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private int answered;

    private Crowd(EventLoop loop, Place from, InetSocketAddress to, int wanted) {
        this.loop = loop;
        this.from = from;
        this.to = to;
        this.wanted = wanted;
    }

    /**
     * Returns when all are connected and have been answered.
     *
     * @throws IOException when one of them cannot be
     */
    public static Crowd gather(Loops loops, Place from, InetSocketAddress to, int connections)
            throws IOException {
        Crowd crowd = new Crowd(loops.client(), from, to, connections);
        crowd.loop.execute(
                () -> {
                    for (int i = 0; i < Math.min(AT_ONCE, connections); i++) {
                        crowd.open();
                    }
                });
        try {
            crowd.complete.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
            return crowd;
        } catch (java.util.concurrent.CompletionException failed) {
            crowd.close();
            throw new IOException(
                    crowd.answered + " of " + connections + " connections: " + failed, failed);
        }
    }

    private void open() {
        if (channels.size() == wanted) {
            return;
        }
        EpollSocketChannel channel = Loops.socket(from);
        channels.add(channel);
        channel.pipeline().addLast(new Member());
        loop.register(channel);
        channel.connect(to)
                .addListener(
                        connected -> {
                            if (connected.isSuccess()) {
                                channel.writeAndFlush(request.duplicate(), channel.voidPromise());
                            } else {
                                complete.completeExceptionally(connected.cause());
                            }
                        });
    }

    private final class Member extends ChannelInboundHandlerAdapter {
        private int missing = Connections.BYTES;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            missing -= data.readableBytes();
            data.release();
            if (missing == 0) {
                answered++;
                open();
                if (answered == wanted) {
                    complete.complete(null);
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            complete.completeExceptionally(new IOException("a connection was closed"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            complete.completeExceptionally(cause);
            ctx.close();
        }
    }

    /** Closes all connections and returns when the kernel knows. */
    @Override
    public void close() {
        loop.submit(() -> channels.forEach(EpollSocketChannel::close)).syncUninterruptibly();
    }
}
