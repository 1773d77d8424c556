package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Settings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.List;

/** Bytes that come one by one: whoever types may, whoever packs frames of nothing may not. */
@ExtendWith(LeakFree.class)
class SmallFramesTest implements ConnectHandler {
    private static final int LIMIT = 500_000;
    private static final int THOUSAND = 1_000;

    private ScriptedPeer peer;
    private boolean answers;

    @BeforeEach
    void start() {
        peer =
                ScriptedPeer.ofServer(
                        new ServerTunnel(
                                HboneSettings.DEFAULTS, List.of("spiffe://td/ns/a/sa/b"), this));
        peer.settings(new Http2Settings().initialWindowSize(1 << 30)).window(0, 1 << 30);
        peer.received();
    }

    @AfterEach
    void end() {
        peer.close();
    }

    @Override
    public void onConnect(InboundStream stream) {
        stream.accept(null);
        stream.setHandler(answers ? new Echo() : new Sink());
    }

    /** An application that reads everything and says nothing. */
    private static final class Sink implements StreamHandler {
        @Override
        public void onData(HboneStream stream, ByteBuf data) {
            int bytes = data.readableBytes();
            data.release();
            stream.returnCredit(bytes);
        }

        @Override
        public void onReadComplete(HboneStream stream) {}

        @Override
        public void onEnd(HboneStream stream) {}

        @Override
        public void onWritable(HboneStream stream) {}

        @Override
        public void onClosed(HboneStream stream, @Nullable HboneException cause) {}
    }

    private static void frame(ByteBuf to, int stream, int payload) {
        to.writeMedium(payload).writeByte(Http2FrameTypes.DATA).writeByte(0).writeInt(stream);
        to.writeZero(payload);
    }

    private static ByteBuf frames(int count, int payload) {
        ByteBuf burst = Unpooled.buffer(count * (9 + payload));
        for (int i = 0; i < count; i++) {
            frame(burst, 1, payload);
        }
        return burst;
    }

    /** With answers to what is asked meanwhile. */
    private void passTime(long seconds) {
        peer.passTime(seconds);
        for (String line : peer.received()) {
            if (line.startsWith("PING ")) {
                peer.ping(true, Long.parseLong(line.substring("PING ".length())));
            }
        }
    }

    /**
     * Sends frames, a thousand in each burst.
     *
     * @return whether the tunnel outlives them
     */
    private boolean survivesPacked(int thousands, int payload) {
        ByteBuf burst = frames(THOUSAND, payload);
        for (int i = 0; i < thousands && peer.isOpen(); i++) {
            peer.raw(burst.retainedDuplicate());
            if (i % 50 == 0 && peer.isOpen()) {
                peer.received();
            }
        }
        burst.release();
        return peer.isOpen();
    }

    @Test
    void packedSmallFramesAreCutOffAtTheirLimit() {
        peer.connect(1, "a:1");
        assertThat(survivesPacked(LIMIT / THOUSAND, 1)).isTrue();
        peer.received();
        assertThat(survivesPacked(2, 1)).isFalse();
        assertThat(peer.received()).last().asString().endsWith("ENHANCE_YOUR_CALM");
    }

    @Test
    void paddingDoesNotMakeThemLarge() {
        peer.connect(1, "a:1");
        ByteBuf burst = Unpooled.buffer();
        for (int i = 0; i < THOUSAND; i++) {
            burst.writeMedium(257).writeByte(Http2FrameTypes.DATA).writeByte(0x8).writeInt(1);
            burst.writeByte(255).writeByte('x').writeZero(255);
        }
        for (int i = 0; i < 510 && peer.isOpen(); i++) {
            peer.raw(burst.retainedDuplicate());
            peer.received();
        }
        burst.release();
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void framesForStreamsThatAreGoneCountToo() {
        peer.connect(1, "a:1").reset(1, io.netty.handler.codec.http2.Http2Error.CANCEL);
        assertThat(survivesPacked(LIMIT / THOUSAND + 1, 1)).isFalse();
    }

    @Test
    void largerFramesAreNotCounted() {
        peer.connect(1, "a:1");
        assertThat(survivesPacked(LIMIT / THOUSAND + 5, 256)).isTrue();
    }

    @Test
    void theLimitIsOneOfAPeriod() {
        peer.connect(1, "a:1");
        for (int i = 0; i < 3; i++) {
            assertThat(survivesPacked(400, 1)).isTrue();
            passTime(5);
            passTime(5);
        }
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void bytesThatComeOneByOneAreNeverTooMany() {
        peer.connect(1, "a:1");
        ByteBuf one = frames(1, 1);
        for (int i = 0; i < LIMIT + 10 * THOUSAND; i++) {
            peer.raw(one.retainedDuplicate());
            if (i % 10_000 == 0) {
                peer.received();
            }
        }
        one.release();
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void aByteOfEachOfManyStreamsInOneBurstIsNoFlood() {
        int streams = 100;
        for (int i = 0; i < streams; i++) {
            peer.connect(1 + 2 * i, "a:1");
        }
        ByteBuf burst = Unpooled.buffer();
        for (int i = 0; i < streams; i++) {
            frame(burst, 1 + 2 * i, 1);
        }
        for (int i = 0; i < LIMIT / streams + 100; i++) {
            peer.raw(burst.retainedDuplicate());
            if (i % 100 == 0) {
                peer.received();
            }
        }
        burst.release();
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void tenThousandKeystrokesAndTheirEchoes() {
        answers = true;
        peer.connect(1, "a:1").received();
        for (int i = 0; i < 10_000; i++) {
            peer.data(1, "k", false);
            assertThat(peer.received()).contains("DATA 1 k");
            if (i % 100 == 0) {
                passTime(1);
            }
        }
        assertThat(peer.isOpen()).isTrue();
    }
}
