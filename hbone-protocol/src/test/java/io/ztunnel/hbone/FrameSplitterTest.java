package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

@ExtendWith(LeakFree.class)
class FrameSplitterTest {
    private static final int MAX_FRAME = 1 << 20;
    private static final int MAX_BLOCK = 20_000;

    private final Recorder recorder = new Recorder();
    private final FrameSplitter splitter =
            new FrameSplitter(recorder, PooledByteBufAllocator.DEFAULT, MAX_FRAME, MAX_BLOCK);

    /** DATA, padded DATA, empty DATA, PING between them, WINDOW_UPDATE and an extension. */
    private static final String MIXED =
            frame(0, 0, 1, "hello".getBytes(StandardCharsets.US_ASCII))
                    + frame(6, 0, 0, new byte[8])
                    + frame(0, 8 + 1, 3, new byte[] {2, 'h', 'i', 0, 0})
                    + "0000040800"
                    + "00000005"
                    + "80000007"
                    + frame(0x55, 0xff, 9, new byte[20])
                    + frame(0, 1, 5, new byte[0])
                    + frame(1, 4, 7, new byte[] {1, 2, 3});

    private static final List<String> MIXED_EVENTS =
            List.of(
                    "data 1 length 5",
                    "hello",
                    "end false",
                    "frame 0000080600000000000000000000000000",
                    "data 3 length 5",
                    "padding 3",
                    "hi",
                    "end true",
                    "window 5 +7",
                    "data 5 length 0",
                    "end true",
                    "frame 000003010400000007010203");

    @Test
    void whateverTheCutsTheEventsAreTheSame() throws Exception {
        byte[] wire = ByteBufUtil.decodeHexDump(MIXED);
        for (int first = 0; first <= wire.length; first++) {
            for (int second = first; second <= wire.length; second += 7) {
                recorder.events.clear();
                splitter.read(pooled(wire, 0, first));
                splitter.read(pooled(wire, first, second));
                splitter.read(pooled(wire, second, wire.length));
                assertThat(recorder.joined())
                        .as("cut at %d and %d", first, second)
                        .isEqualTo(MIXED_EVENTS);
            }
        }
    }

    @Test
    void singleBytesGiveTheSameEvents() throws Exception {
        byte[] wire = ByteBufUtil.decodeHexDump(MIXED);
        for (int i = 0; i < wire.length; i++) {
            splitter.read(pooled(wire, i, i + 1));
        }
        assertThat(recorder.joined()).isEqualTo(MIXED_EVENTS);
    }

    @Test
    void payloadMovesOnBeforeItsFrameIsComplete() throws Exception {
        splitter.read(hex("0fffff0000" + "00000001" + "aabb"));
        assertThat(recorder.events).containsExactly("data 1 length 1048575", "chunk 2");
    }

    @Test
    void payloadThatFillsItsBufferIsHandedOnAsTheBufferItself() throws Exception {
        ByteBuf in =
                Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("0000100000" + "00000001aabb"));
        recorder.keep = true;
        splitter.read(in);
        assertThat(recorder.kept).hasSize(1).first().isSameAs(in);
        in.release();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "DATA on stream 0,                 0000010000 00000000 00,          PROTOCOL_ERROR",
        "a frame above the advertised size,1000010000 00000001,             FRAME_SIZE_ERROR",
        "padded DATA without pad length,   0000000008 00000001,             FRAME_SIZE_ERROR",
        "padding longer than the frame,    0000020008 00000001 02 00,       PROTOCOL_ERROR",
        "WINDOW_UPDATE of 5 bytes,         0000050800 00000000,             FRAME_SIZE_ERROR",
        "DATA within a header block,       0000010100 00000001 00 0000010000 00000001 00,"
                + " PROTOCOL_ERROR",
        "another stream's CONTINUATION,    0000010100 00000001 00 0000010904 00000003 00,"
                + " PROTOCOL_ERROR",
        "an extension in a header block,   0000010100 00000001 00 0000015500 00000001 00,"
                + " PROTOCOL_ERROR",
        "a header block beyond the limit,  0050000104 00000001,             ENHANCE_YOUR_CALM",
        "SETTINGS beyond the limit,        0040060400 00000000,             ENHANCE_YOUR_CALM",
    })
    void brokenFramesAreErrorsOfTheConnection(String name, String wire, Http2Error error) {
        assertThatThrownBy(() -> splitter.read(hex(wire.replace(" ", ""))))
                .isInstanceOfSatisfying(
                        Http2Exception.class, e -> assertThat(e.error()).isEqualTo(error))
                .matches(e -> !Http2Exception.isStreamError((Http2Exception) e));
        splitter.close();
    }

    @Test
    void paddingAloneCarriesNothingAndEndsTheFrame() throws Exception {
        splitter.read(hex("000003" + "00" + "09" + "00000001" + "020000"));
        assertThat(recorder.events).containsExactly("data 1 length 3", "padding 3", "end true");
    }

    @Test
    void theRestIsNotReadOnceTheSinkIsDone() throws Exception {
        recorder.doneAfter = 1;
        splitter.read(
                hex("000001" + "0000" + "00000001" + "aa" + "000001" + "0000" + "00000003" + "bb"));
        assertThat(recorder.events).containsExactly("data 1 length 1");
    }

    @Test
    void theReservedBitOfAStreamIsIgnored() throws Exception {
        splitter.read(hex("000000" + "0000" + "80000001"));
        assertThat(recorder.events).containsExactly("data 1 length 0", "end false");
    }

    private static String frame(int type, int flags, int stream, byte[] payload) {
        return "%06x%02x%02x%08x".formatted(payload.length, type, flags, stream)
                + ByteBufUtil.hexDump(payload);
    }

    private static ByteBuf hex(String text) {
        byte[] bytes = ByteBufUtil.decodeHexDump(text);
        return pooled(bytes, 0, bytes.length);
    }

    private static ByteBuf pooled(byte[] bytes, int from, int to) {
        return PooledByteBufAllocator.DEFAULT
                .directBuffer(Math.max(1, to - from))
                .writeBytes(bytes, from, to - from);
    }

    private static final class Recorder implements FrameSplitter.Sink {
        final List<String> events = new ArrayList<>();
        final List<ByteBuf> kept = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        boolean keep;
        int doneAfter = Integer.MAX_VALUE;

        /** The events with the pieces of a payload put together again. */
        List<String> joined() {
            return events.stream().filter(event -> !event.startsWith("chunk")).toList();
        }

        @Override
        public void onDataFrame(int streamId, int length) {
            events.add("data " + streamId + " length " + length);
        }

        @Override
        public void onPadding(int bytes) {
            events.add("padding " + bytes);
        }

        @Override
        public void onData(ByteBuf payload) {
            if (keep) {
                kept.add(payload);
                return;
            }
            events.add("chunk " + payload.readableBytes());
            text.append(payload.toString(StandardCharsets.US_ASCII));
            payload.release();
        }

        @Override
        public void onDataFrameEnd(boolean endStream) {
            if (text.length() > 0) {
                events.add(text.toString());
                text.setLength(0);
            }
            events.add("end " + endStream);
        }

        @Override
        public void onWindowUpdate(int streamId, int increment) {
            events.add("window " + streamId + " +" + increment);
        }

        @Override
        public void onFrame(ByteBuf frame) {
            events.add("frame " + ByteBufUtil.hexDump(frame));
        }

        @Override
        public boolean isDone() {
            return events.size() >= doneAfter;
        }
    }
}
