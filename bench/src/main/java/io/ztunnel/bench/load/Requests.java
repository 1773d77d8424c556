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
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Requests over connections that are kept: as fast as answers come (closed loop), or at a rate that
 * does not care for answers (open loop), so that a stall is seen by every request that it delays.
 */
public final class Requests {
    private final EventLoop loop;
    private final ByteBuf request;
    private final int size;
    private final Histogram latency = Outcome.histogram();
    private final List<Connection> connections = new ArrayList<>();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    /** Nanoseconds between requests; 0 for a closed loop. */
    private final long interval;

    private final long duration;
    private long begun;
    private long due;
    private long done;
    private long failed;
    private int next;
    private boolean over;

    private Requests(EventLoop loop, int size, double rate, Duration duration) {
        this.loop = loop;
        this.request = Loops.payload(size);
        this.size = size;
        this.interval = rate == 0 ? 0 : (long) (1e9 / rate);
        this.duration = duration.toNanos();
    }

    /**
     * Connects, sends for the time given, and closes.
     *
     * @param rate requests per second over all connections; 0 for a closed loop
     * @throws IOException when a connection cannot be made
     */
    public static Outcome run(
            Loops loops,
            Place from,
            InetSocketAddress to,
            int connections,
            int size,
            double rate,
            Duration duration)
            throws IOException {
        return start(loops, from, to, connections, size, rate, duration).await();
    }

    public static Requests start(
            Loops loops,
            Place from,
            InetSocketAddress to,
            int connections,
            int size,
            double rate,
            Duration duration)
            throws IOException {
        Requests requests = new Requests(loops.client(), size, rate, duration);
        for (int i = 0; i < connections; i++) {
            requests.connect(from, to);
        }
        requests.loop.execute(requests::begin);
        return requests;
    }

    public Outcome await() throws IOException {
        return Outcome.await(outcome, duration);
    }

    private void connect(Place from, InetSocketAddress to) throws IOException {
        EpollSocketChannel channel = Loops.socket(from);
        Connection connection = new Connection();
        channel.pipeline().addLast(connection);
        loop.register(channel).syncUninterruptibly();
        if (!channel.connect(to).awaitUninterruptibly().isSuccess()) {
            throw new IOException("cannot connect to " + to);
        }
        connections.add(connection);
    }

    private void begin() {
        begun = System.nanoTime();
        due = begun;
        loop.schedule(this::end, duration, TimeUnit.NANOSECONDS);
        if (interval == 0) {
            connections.forEach(connection -> connection.ask(System.nanoTime()));
        } else {
            tick();
        }
    }

    private void tick() {
        if (over) {
            return;
        }
        long now = System.nanoTime();
        while (due <= now) {
            connections.get(next++ % connections.size()).ask(due);
            due += interval;
        }
        loop.schedule(this::tick, due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void end() {
        over = true;
        double seconds = (System.nanoTime() - begun) / 1e9;
        for (Connection connection : connections) {
            failed += interval == 0 ? 0 : connection.overdue(System.nanoTime());
            connection.close();
        }
        outcome.complete(new Outcome(done, failed, seconds, latency));
    }

    /** One connection: one request at a time, those that came due meanwhile wait. */
    private final class Connection extends ChannelInboundHandlerAdapter {
        private final ArrayDeque<Long> waiting = new ArrayDeque<>();
        private @Nullable ChannelHandlerContext context;
        private long askedAt;
        private int missing;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        void ask(long at) {
            if (missing > 0) {
                waiting.add(at);
                return;
            }
            askedAt = at;
            missing = size;
            if (context != null) {
                context.writeAndFlush(request.duplicate(), context.voidPromise());
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            missing -= data.readableBytes();
            data.release();
            if (missing > 0 || over) {
                return;
            }
            long now = System.nanoTime();
            latency.recordValue(now - askedAt);
            done++;
            if (interval == 0) {
                ask(now);
            } else if (!waiting.isEmpty()) {
                ask(waiting.remove());
            }
        }

        /** What was due and never answered counts with the time that it has waited. */
        long overdue(long now) {
            if (missing > 0) {
                latency.recordValue(now - askedAt);
            }
            waiting.forEach(at -> latency.recordValue(now - at));
            return waiting.size() + (missing > 0 ? 1L : 0L);
        }

        void close() {
            if (context != null) {
                context.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!over) {
                failed++;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
