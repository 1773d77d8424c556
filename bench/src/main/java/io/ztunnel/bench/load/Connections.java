package io.ztunnel.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.bench.mesh.Place;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Connections that come and go: connect, send 100 bytes, read them back, read the end. The latency
 * is that of the whole.
 */
public final class Connections {
    /** What each sends and is sent. */
    public static final int BYTES = 100;

    /** Of an open loop; beyond it connections are not made but counted as failed. */
    private static final int MAX_OPEN = 2000;

    private final EventLoop loop;
    private final Place from;
    private final InetSocketAddress to;
    private final int atOnce;
    private final long interval;
    private final long duration;
    private final @Nullable Sources sources;
    private final ByteBuf request = Loops.payload(BYTES);
    private final Histogram latency = Outcome.histogram();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private long begun;
    private long due;
    private long done;
    private long failed;
    private int open;
    private boolean over;

    /** Source addresses, each handed out once. */
    public static final class Sources {
        private int next = 1;

        InetAddress next() {
            int host = next++;
            try {
                return InetAddress.getByAddress(
                        new byte[] {10, (byte) 250, (byte) (host >> 8), (byte) host});
            } catch (UnknownHostException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    private Connections(
            Loops loops,
            Place from,
            InetSocketAddress to,
            int atOnce,
            double rate,
            Duration duration,
            @Nullable Sources sources) {
        this.loop = loops.client();
        this.from = from;
        this.to = to;
        this.atOnce = atOnce;
        this.interval = rate == 0 ? 0 : (long) (1e9 / rate);
        this.duration = duration.toNanos();
        this.sources = sources;
    }

    /**
     * So many at a time, each followed by the next.
     *
     * @param sources where each gets a source address from; null for the pod's own
     */
    public static Outcome closedLoop(
            Loops loops,
            Place from,
            InetSocketAddress to,
            int atOnce,
            Duration duration,
            @Nullable Sources sources)
            throws IOException {
        return new Connections(loops, from, to, atOnce, 0, duration, sources).start().await();
    }

    /** So many per second, whatever becomes of them; returns at once. */
    public static Connections openLoop(
            Loops loops, Place from, InetSocketAddress to, double rate, Duration duration) {
        return new Connections(loops, from, to, 0, rate, duration, null).start();
    }

    private Connections start() {
        loop.execute(
                () -> {
                    begun = System.nanoTime();
                    due = begun;
                    loop.schedule(this::end, duration, TimeUnit.NANOSECONDS);
                    for (int i = 0; i < atOnce; i++) {
                        open(System.nanoTime());
                    }
                    if (interval > 0) {
                        tick();
                    }
                });
        return this;
    }

    public Outcome await() throws IOException {
        return Outcome.await(outcome, duration);
    }

    private void tick() {
        if (over) {
            return;
        }
        long now = System.nanoTime();
        while (due <= now) {
            if (open < MAX_OPEN) {
                open(due);
            } else {
                failed++;
            }
            due += interval;
        }
        loop.schedule(this::tick, due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void end() {
        over = true;
        double seconds = (System.nanoTime() - begun) / 1e9;
        outcome.complete(new Outcome(done, failed, seconds, latency));
    }

    private void open(long at) {
        if (over) {
            return;
        }
        open++;
        EpollSocketChannel channel = Loops.socket(from);
        channel.pipeline().addLast(new Connection(at));
        loop.register(channel);
        var connected =
                sources == null
                        ? channel.connect(to)
                        : channel.connect(to, new InetSocketAddress(sources.next(), 0));
        connected.addListener(
                result -> {
                    if (result.isSuccess()) {
                        channel.writeAndFlush(request.duplicate(), channel.voidPromise());
                    } else {
                        channel.close();
                    }
                });
    }

    private final class Connection extends ChannelInboundHandlerAdapter {
        private final long startedAt;
        private int missing = BYTES;
        private boolean gone;

        Connection(long startedAt) {
            this.startedAt = startedAt;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            missing -= data.readableBytes();
            data.release();
        }

        @Override
        public void channelUnregistered(ChannelHandlerContext ctx) {
            if (gone) {
                return;
            }
            gone = true;
            open--;
            if (over) {
                return;
            }
            if (missing == 0) {
                done++;
                latency.recordValue(System.nanoTime() - startedAt);
            } else {
                failed++;
            }
            if (interval == 0) {
                Connections.this.open(System.nanoTime());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
