package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Peers with a good certificate that flood a server over TLS: each is cut off with
 * ENHANCE_YOUR_CALM after a bounded number of frames, and another tunnel of the same event loop
 * notices nothing.
 */
@ExtendWith(LeakFree.class)
class FloodTest {
    private static final TestCa CA = TestCa.root("flood");
    private static final HboneTls TLS = new HboneTls(false, HboneTls.DEFAULT_GROUPS);
    private static final long ENHANCE_YOUR_CALM = 11;
    private static final int FEW = 5;

    private static Rig rig;
    private static TlsContext serverTls;
    private static TlsContext clientTls;

    /** What is sent again and again, and about how many of it are too many. */
    enum Flood {
        PING(2_001) {
            @Override
            ByteBuf next(int n) {
                return frame(Http2FrameTypes.PING, 0, 0, Unpooled.buffer().writeLong(n));
            }
        },
        PRIORITY(2_001) {
            @Override
            ByteBuf next(int n) {
                return frame(
                        Http2FrameTypes.PRIORITY, 0, 1, Unpooled.buffer().writeInt(0).writeByte(1));
            }
        },
        SETTINGS(100) {
            @Override
            ByteBuf next(int n) {
                return frame(Http2FrameTypes.SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER);
            }
        },
        EARLY_RST_STREAM(502) {
            @Override
            ByteBuf next(int n) {
                int stream = 2 * n + 1;
                return Unpooled.wrappedBuffer(
                        connect(stream, true),
                        frame(
                                Http2FrameTypes.RST_STREAM,
                                0,
                                stream,
                                Unpooled.buffer().writeInt(8)));
            }
        },
        EMPTY_DATA(102) {
            @Override
            ByteBuf next(int n) {
                return n == 0
                        ? connect(1, true)
                        : frame(Http2FrameTypes.DATA, 0, 1, Unpooled.EMPTY_BUFFER);
            }
        },
        /** In thousands. */
        SMALL_DATA(501) {
            @Override
            ByteBuf next(int n) {
                if (n == 0) {
                    return Unpooled.wrappedBuffer(connect(1, true), credit(0), credit(1));
                }
                ByteBuf thousand = Unpooled.buffer(10_000);
                for (int i = 0; i < 1_000; i++) {
                    thousand.writeMedium(1).writeByte(Http2FrameTypes.DATA).writeByte(0);
                    thousand.writeInt(1).writeByte('x');
                }
                return thousand;
            }
        },
        EMPTY_CONTINUATION(18) {
            @Override
            ByteBuf next(int n) {
                return n == 0
                        ? connect(1, false)
                        : frame(Http2FrameTypes.CONTINUATION, 0, 1, Unpooled.EMPTY_BUFFER);
            }
        };

        final int frames;

        Flood(int frames) {
            this.frames = frames;
        }

        abstract ByteBuf next(int n);

        static ByteBuf frame(int type, int flags, int stream, ByteBuf payload) {
            return Unpooled.wrappedBuffer(
                    Unpooled.buffer(9)
                            .writeMedium(payload.readableBytes())
                            .writeByte(type)
                            .writeByte(flags)
                            .writeInt(stream),
                    payload);
        }

        /** So that what comes back is sent, and not kept. */
        static ByteBuf credit(int stream) {
            return frame(
                    Http2FrameTypes.WINDOW_UPDATE, 0, stream, Unpooled.buffer().writeInt(1 << 30));
        }

        /** A CONNECT in literal fields that touch no table. */
        static ByteBuf connect(int stream, boolean complete) {
            ByteBuf block = Unpooled.buffer();
            block.writeByte(0x02).writeByte(7).writeBytes("CONNECT".getBytes(US));
            block.writeByte(0x01).writeByte(3).writeBytes("a:1".getBytes(US));
            return frame(Http2FrameTypes.HEADERS, complete ? 4 : 0, stream, block);
        }

        private static final java.nio.charset.Charset US =
                java.nio.charset.StandardCharsets.US_ASCII;
    }

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

    /** Answers the first stream of each tunnel with an echo; later ones wait for their answer. */
    private static final class FirstOnly implements ConnectHandler {
        private boolean answered;

        @Override
        public void onConnect(InboundStream stream) {
            if (answered) {
                return;
            }
            answered = true;
            stream.accept(null);
            stream.setHandler(new Echo());
        }
    }

    /** Reads frames as they come, and remembers the code of a GOAWAY. */
    private static final class GoAwayReader extends ChannelInboundHandlerAdapter {
        final AtomicLong code = new AtomicLong(-1);
        private final ByteBuf bytes = Unpooled.buffer();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            bytes.writeBytes(data);
            data.release();
            while (bytes.readableBytes() >= 9) {
                int length = bytes.getUnsignedMedium(bytes.readerIndex());
                if (bytes.readableBytes() < 9 + length) {
                    break;
                }
                ByteBuf frame = bytes.readSlice(9 + length);
                if (frame.getByte(3) == Http2FrameTypes.GO_AWAY) {
                    code.set(frame.getUnsignedInt(13));
                }
            }
            bytes.discardReadBytes();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** A stream that says a byte whenever the last one has come back. */
    private static final class PingPong implements StreamHandler {
        final AtomicInteger rounds = new AtomicInteger();
        volatile boolean over;

        void say(HboneStream stream) {
            ByteBuf one = io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(10);
            one.writeZero(9).readerIndex(9).writeByte(1);
            stream.write(one);
            stream.flush();
        }

        @Override
        public void onData(HboneStream stream, ByteBuf data) {
            int bytes = data.readableBytes();
            data.release();
            stream.returnCredit(bytes);
            rounds.addAndGet(bytes);
            say(stream);
        }

        @Override
        public void onReadComplete(HboneStream stream) {}

        @Override
        public void onEnd(HboneStream stream) {}

        @Override
        public void onWritable(HboneStream stream) {}

        @Override
        public void onClosed(HboneStream stream, @Nullable HboneException cause) {
            over = true;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFloodIsCutOffWithinItsLimitAndHarmsNobody(Flood flood) throws Exception {
        InetSocketAddress to =
                rig.listen(
                        child ->
                                HboneServer.start(
                                        child,
                                        serverTls,
                                        HboneSettings.DEFAULTS,
                                        ByteBudget.unlimited(),
                                        rig.tasks,
                                        new FirstOnly()));
        OutboundTunnel other = Rig.get(rig.connect(to, clientTls, HboneSettings.DEFAULTS));
        PingPong pong = new PingPong();
        Future<Future<HboneStream>> opening =
                other.eventLoop()
                        .submit(
                                () ->
                                        other.connect(
                                                new ConnectRequest(
                                                        "a:1", List.of(), null, null, null),
                                                pong));
        HboneStream stream = Rig.get(Rig.get(opening));
        other.eventLoop().execute(() -> pong.say(stream));

        GoAwayReader reader = new GoAwayReader();
        SslHandler ssl =
                clientTls.newHandler(io.netty.buffer.PooledByteBufAllocator.DEFAULT, rig.tasks);
        Channel peer = rig.plain(to, ssl, reader);
        Rig.get(ssl.handshakeFuture());
        peer.write(Http2CodecUtil.connectionPrefaceBuf());
        peer.writeAndFlush(Flood.frame(Http2FrameTypes.SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER));
        int sent = 0;
        while (sent < flood.frames - FEW) {
            peer.writeAndFlush(flood.next(sent++));
        }
        // One by one from here: a GOAWAY is lost when a connection closes with bytes unread.
        while (reader.code.get() < 0 && sent < flood.frames + FEW) {
            peer.writeAndFlush(flood.next(sent++)).sync();
            for (int i = 0; i < 50 && reader.code.get() < 0; i++) {
                java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
            }
        }
        // What was sent may still have to be read.
        await().atMost(Duration.ofSeconds(30)).until(() -> reader.code.get() >= 0);
        assertThat(reader.code.get()).isEqualTo(ENHANCE_YOUR_CALM);
        assertThat(sent).as("not before its limit").isGreaterThan(flood.frames - FEW);
        await().atMost(Duration.ofSeconds(10)).until(() -> !peer.isActive());

        int before = pong.rounds.get();
        await().atMost(Duration.ofSeconds(10)).until(() -> pong.rounds.get() > before + 10);
        assertThat(pong.over).isFalse();
        other.eventLoop().submit(other::close).sync();
    }
}
