package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tunnels over real TLS on loopback, with ourselves and with Netty's stock codec at the far end.
 */
@ExtendWith(LeakFree.class)
class LoopbackTest {
    private static final int MIB = 1 << 20;
    private static final ConnectRequest REQUEST =
            new ConnectRequest("10.0.0.1:80", List.of("k=v"), null, null, null);
    private static final TestCa CA = TestCa.root("cluster.local");
    private static final HboneTls TLS = new HboneTls(false, HboneTls.DEFAULT_GROUPS);

    private static Rig rig;
    private static TlsContext serverTls;
    private static TlsContext clientTls;

    @BeforeAll
    static void open() throws Exception {
        rig = new Rig();
        serverTls = TLS.server(CA.issue(Rig.SERVER));
        clientTls = TLS.client(CA.issue(Rig.CLIENT), List.of(Rig.SERVER));
    }

    @AfterAll
    static void shut() throws Exception {
        rig.close();
        serverTls.close();
        clientTls.close();
    }

    /** Accepts everything and lets a handler of the test's making have it. */
    private static InboundTunnelHandler accepting(java.util.function.Supplier<StreamHandler> each) {
        return new ConnectHandler() {
            @Override
            public void onConnect(InboundStream stream) {
                stream.accept("dst=" + stream.request().authority());
                stream.setHandler(each.get());
            }
        };
    }

    private static InetSocketAddress echoServer() throws Exception {
        return rig.serve(serverTls, HboneSettings.DEFAULTS, accepting(Echo::new));
    }

    private static OutboundTunnel tunnel(InetSocketAddress to) throws Exception {
        return Rig.get(rig.connect(to, clientTls, HboneSettings.DEFAULTS));
    }

    private static HboneStream connect(OutboundTunnel tunnel, StreamHandler handler)
            throws Exception {
        Future<Future<HboneStream>> future =
                tunnel.eventLoop().submit(() -> tunnel.connect(REQUEST, handler));
        return Rig.get(Rig.get(future));
    }

    private static void close(OutboundTunnel tunnel) throws Exception {
        tunnel.eventLoop().submit(tunnel::close).sync();
    }

    private static void echoThrough(OutboundTunnel tunnel, int streams) throws Exception {
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            Exchange exchange = new Exchange(i, MIB);
            exchanges.add(exchange);
            HboneStream stream = connect(tunnel, exchange);
            tunnel.eventLoop().execute(() -> exchange.onWritable(stream));
        }
        for (Exchange exchange : exchanges) {
            await().atMost(Duration.ofSeconds(60)).until(() -> exchange.outcome != null);
            assertThat(exchange.outcome).isEqualTo("complete");
        }
    }

    @Test
    void sixtyFourStreamsKeepTheirBytesApart() throws Exception {
        OutboundTunnel tunnel = tunnel(echoServer());
        echoThrough(tunnel, 64);
        assertThat(Rig.get(tunnel.eventLoop().submit(tunnel::streams))).isZero();
        close(tunnel);
    }

    @Test
    void theStockServerUnderstandsUs() throws Exception {
        InetSocketAddress to =
                rig.listen(
                        child -> {
                            try {
                                child.pipeline()
                                        .addLast(serverTls.newHandler(child.alloc(), rig.tasks));
                            } catch (Exception e) {
                                throw new AssertionError(e);
                            }
                            child.pipeline()
                                    .addLast(
                                            Http2FrameCodecBuilder.forServer().build(),
                                            new Http2MultiplexHandler(new StockEcho()));
                            child.config().setAutoRead(true);
                        });
        OutboundTunnel tunnel = tunnel(to);
        echoThrough(tunnel, 16);
        close(tunnel);
    }

    @Test
    void weUnderstandTheStockClient() throws Exception {
        Channel channel = stockClient(echoServer());
        int count = 8;
        List<StockExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StockExchange exchange = new StockExchange(i, MIB);
            exchanges.add(exchange);
            Http2StreamChannel stream =
                    Rig.get(new Http2StreamChannelBootstrap(channel).handler(exchange).open());
            stream.writeAndFlush(
                    new DefaultHttp2HeadersFrame(
                            new DefaultHttp2Headers().method("CONNECT").authority("a:1"), false));
        }
        for (StockExchange exchange : exchanges) {
            await().atMost(Duration.ofSeconds(60)).until(() -> exchange.outcome != null);
            assertThat(exchange.outcome).isEqualTo("complete");
            assertThat(exchange.baggage).isEqualTo("dst=a:1");
        }
        channel.close().sync();
    }

    private static Channel stockClient(InetSocketAddress to) throws Exception {
        return rig.plain(
                to,
                clientTls.newHandler(io.netty.buffer.PooledByteBufAllocator.DEFAULT, rig.tasks),
                Http2FrameCodecBuilder.forClient()
                        .initialSettings(new Http2Settings().pushEnabled(false))
                        .build(),
                new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
    }

    @Test
    void aReceiverThatStallsHoldsItsWindowAndNobodyElse() throws Exception {
        Stalled stalled = new Stalled();
        AtomicInteger opened = new AtomicInteger();
        InetSocketAddress to =
                rig.serve(
                        serverTls,
                        HboneSettings.DEFAULTS,
                        accepting(() -> opened.getAndIncrement() == 0 ? stalled : new Echo()));
        OutboundTunnel tunnel = tunnel(to);
        Exchange stuck = new Exchange(0, 8 * MIB);
        HboneStream stream = connect(tunnel, stuck);
        tunnel.eventLoop().execute(() -> stuck.onWritable(stream));
        int window = HboneSettings.DEFAULTS.firstStreamWindow();
        await().atMost(Duration.ofSeconds(30)).until(() -> stalled.bytes.get() == window);
        // Twice the connection's window goes by the one that stands still.
        for (int round = 0; round < 2; round++) {
            echoThrough(tunnel, 16);
        }
        assertThat(stalled.bytes.get()).isEqualTo(window);
        assertThat(stuck.outcome).isNull();
        stalled.resume();
        await().atMost(Duration.ofSeconds(30)).until(() -> stalled.bytes.get() == 8 * MIB);
        close(tunnel);
    }

    /** With the reference's windows sixteen of them would hold all that a tunnel may. */
    @Test
    void sixtyStreamsThatStandStillLeaveFiftyOthersRunning() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        List<Stalled> stalled = new java.util.concurrent.CopyOnWriteArrayList<>();
        InetSocketAddress to =
                rig.serve(
                        serverTls,
                        HboneSettings.DEFAULTS,
                        accepting(
                                () -> {
                                    if (opened.getAndIncrement() >= 60) {
                                        return new Echo();
                                    }
                                    stalled.add(new Stalled());
                                    return stalled.getLast();
                                }));
        OutboundTunnel tunnel = tunnel(to);
        for (int i = 0; i < 60; i++) {
            Exchange stuck = new Exchange(i, 8 * MIB);
            HboneStream stream = connect(tunnel, stuck);
            tunnel.eventLoop().execute(() -> stuck.onWritable(stream));
        }
        long budget = 60L * HboneSettings.DEFAULTS.firstStreamWindow();
        await().atMost(Duration.ofSeconds(30)).until(() -> held(stalled) == budget);
        for (int round = 0; round < 2; round++) {
            echoThrough(tunnel, 50);
        }
        assertThat(held(stalled)).isEqualTo(budget);
        close(tunnel);
    }

    private static long held(List<Stalled> stalled) {
        return stalled.stream().mapToLong(one -> one.bytes.get()).sum();
    }

    @Test
    void tunnelsRunOverChannelsThatAreNoSockets() throws Exception {
        MultiThreadIoEventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
        LocalAddress address = new LocalAddress(LoopbackTest.class);
        new ServerBootstrap()
                .group(loops)
                .channel(LocalServerChannel.class)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel child) {
                                child.config().setAutoRead(false);
                                child.eventLoop()
                                        .execute(
                                                () ->
                                                        HboneServer.start(
                                                                child,
                                                                serverTls,
                                                                HboneSettings.DEFAULTS,
                                                                ByteBudget.unlimited(),
                                                                rig.tasks,
                                                                accepting(Echo::new)));
                            }
                        })
                .bind(address)
                .sync();
        Channel channel =
                new Bootstrap()
                        .group(loops)
                        .channel(LocalChannel.class)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(address)
                        .sync()
                        .channel();
        OutboundTunnel tunnel =
                Rig.get(
                        HboneClient.start(
                                channel,
                                clientTls,
                                HboneSettings.DEFAULTS,
                                ByteBudget.unlimited(),
                                rig.tasks));
        echoThrough(tunnel, 4);
        close(tunnel);
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void aRefusedConnectionIsAConnectFailure() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        HboneException cause = Rig.failure(rig.connect(nobody, clientTls, HboneSettings.DEFAULTS));
        assertThat(cause.code()).isEqualTo(HboneException.Code.CONNECT);
        assertThat(cause).hasMessageContaining(String.valueOf(nobody.getPort()));
    }

    @Test
    void aConnectionThatIsNotAnsweredTimesOut() throws Exception {
        HboneSettings impatient = settings(Duration.ofMillis(300), Duration.ofSeconds(30));
        // The kernel drops SYNs for a listener whose queue of unaccepted connections is full.
        List<Socket> fill = new ArrayList<>();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 2; i++) {
                fill.add(new Socket(socket.getInetAddress(), socket.getLocalPort()));
            }
            HboneException cause =
                    Rig.failure(
                            rig.connect(
                                    (InetSocketAddress) socket.getLocalSocketAddress(),
                                    clientTls,
                                    impatient));
            assertThat(cause.code()).isEqualTo(HboneException.Code.CONNECT_TIMEOUT);
        } finally {
            for (Socket socket : fill) {
                socket.close();
            }
        }
    }

    @Test
    void aHandshakeThatIsNotAnsweredTimesOut() throws Exception {
        HboneSettings impatient = settings(Duration.ofSeconds(10), Duration.ofMillis(300));
        InetSocketAddress mute = rig.listen(child -> child.config().setAutoRead(true));
        HboneException cause = Rig.failure(rig.connect(mute, clientTls, impatient));
        assertThat(cause.code()).isEqualTo(HboneException.Code.TLS);
    }

    @Test
    void aClientThatTricklesItsHandshakeIsCutAtTheLimit() throws Exception {
        java.util.concurrent.CompletableFuture<HboneException> failure =
                new java.util.concurrent.CompletableFuture<>();
        HboneSettings impatient = settings(Duration.ofSeconds(10), Duration.ofSeconds(1));
        InetSocketAddress to =
                rig.serve(
                        serverTls,
                        impatient,
                        new ConnectHandler() {
                            @Override
                            public void onHandshakeFailed(HboneException cause) {
                                failure.complete(cause);
                            }

                            @Override
                            public void onConnect(InboundStream stream) {}
                        });
        // The head of a record of 512 bytes, of which one byte comes now and then.
        byte[] head = {22, 3, 1, 2, 0, 1};
        try (java.net.Socket slow = new java.net.Socket(to.getAddress(), to.getPort())) {
            slow.setSoTimeout(100);
            slow.getOutputStream().write(head);
            long begun = System.nanoTime();
            while (!failure.isDone()) {
                assertThat(System.nanoTime() - begun).isLessThan(20_000_000_000L);
                try {
                    slow.getOutputStream().write(0);
                    assertThat(slow.getInputStream().read()).isEqualTo(-1);
                } catch (java.net.SocketTimeoutException quiet) {
                    // Not cut yet.
                } catch (java.io.IOException cut) {
                    break;
                }
            }
        }
        assertThat(failure.get(10, TimeUnit.SECONDS).code()).isEqualTo(HboneException.Code.TLS);
    }

    private static HboneSettings settings(Duration connect, Duration handshake) {
        HboneSettings d = HboneSettings.DEFAULTS;
        return new HboneSettings(
                d.streamWindow(),
                d.connectionWindow(),
                d.maxFrameSize(),
                d.maxConcurrentStreams(),
                d.maxStreamsPerTunnel(),
                d.idleTimeout(),
                connect,
                handshake,
                d.pingInterval(),
                d.pingTimeout());
    }

    /** Takes what comes, gives no credit until told to. */
    private static final class Stalled implements StreamHandler {
        final AtomicInteger bytes = new AtomicInteger();
        private volatile @Nullable HboneStream stream;
        private boolean resumed;

        @Override
        public void onData(HboneStream from, ByteBuf data) {
            stream = from;
            int arrived = data.readableBytes();
            bytes.addAndGet(arrived);
            data.release();
            if (resumed) {
                from.returnCredit(arrived);
            }
        }

        void resume() {
            HboneStream from = java.util.Objects.requireNonNull(stream);
            from.eventLoop()
                    .execute(
                            () -> {
                                resumed = true;
                                from.returnCredit(bytes.get());
                            });
        }

        @Override
        public void onReadComplete(HboneStream from) {}

        @Override
        public void onEnd(HboneStream from) {}

        @Override
        public void onWritable(HboneStream from) {}

        @Override
        public void onClosed(HboneStream from, @Nullable HboneException cause) {}
    }

    /** The bytes of one stream: any byte of another stream or place is seen. */
    private static byte[] pattern(int stream, int offset, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int at = offset + i;
            bytes[i] = (byte) (stream * 61 + at * 7 + (at >>> 8) * 13 + (at >>> 16));
        }
        return bytes;
    }

    private static boolean matches(ByteBuf data, int stream, int offset) {
        byte[] bytes = ByteBufUtil.getBytes(data);
        return Arrays.equals(bytes, pattern(stream, offset, bytes.length));
    }

    /** Sends a pattern, and expects it back up to the end. */
    private static final class Exchange implements StreamHandler {
        private static final int PIECE = 48 * 1024;

        private final int number;
        private final int total;
        private int sent;
        private int seen;
        volatile @Nullable String outcome;

        Exchange(int number, int total) {
            this.number = number;
            this.total = total;
        }

        @Override
        public void onWritable(HboneStream stream) {
            while (sent < total && stream.isWritable()) {
                int bytes = Math.min(PIECE, total - sent);
                ByteBuf piece =
                        io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(9 + bytes);
                piece.writeZero(9).readerIndex(9).writeBytes(pattern(number, sent, bytes));
                sent += bytes;
                stream.write(piece);
            }
            stream.flush();
            if (sent == total) {
                stream.finish();
            }
        }

        @Override
        public void onData(HboneStream stream, ByteBuf data) {
            int bytes = data.readableBytes();
            if (!matches(data, number, seen)) {
                outcome = "stream %d is wrong after %d".formatted(number, seen);
            }
            seen += bytes;
            data.release();
            stream.returnCredit(bytes);
        }

        @Override
        public void onReadComplete(HboneStream stream) {}

        @Override
        public void onEnd(HboneStream stream) {}

        @Override
        public void onClosed(HboneStream stream, @Nullable HboneException cause) {
            if (outcome == null) {
                outcome =
                        cause == null && seen == total
                                ? "complete"
                                : "%d of %d bytes, %s".formatted(seen, total, cause);
            }
        }
    }

    @io.netty.channel.ChannelHandler.Sharable
    private static final class StockEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame headers) {
                assertThat(headers.headers().method()).hasToString("CONNECT");
                ctx.writeAndFlush(
                        new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
            } else if (message instanceof Http2DataFrame data) {
                ctx.writeAndFlush(new DefaultHttp2DataFrame(data.content(), data.isEndStream()));
            } else {
                ReferenceCountUtil.release(message);
            }
        }
    }

    /** An exchange by a client of another make. */
    private static final class StockExchange extends ChannelInboundHandlerAdapter {
        private final int number;
        private final int total;
        private int seen;
        volatile @Nullable String outcome;
        volatile @Nullable String baggage;

        StockExchange(int number, int total) {
            this.number = number;
            this.total = total;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame headers) {
                baggage = String.valueOf(headers.headers().get("baggage"));
                ByteBuf all = Unpooled.wrappedBuffer(pattern(number, 0, total));
                ctx.writeAndFlush(new DefaultHttp2DataFrame(all, true));
            } else if (message instanceof Http2DataFrame data) {
                if (!matches(data.content(), number, seen)) {
                    outcome = "wrong after " + seen;
                }
                seen += data.content().readableBytes();
                if (data.isEndStream() && outcome == null) {
                    outcome = seen == total ? "complete" : seen + " bytes";
                }
                data.release();
            }
        }
    }
}
