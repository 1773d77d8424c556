package io.ztunnel.hbone;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;

import org.jspecify.annotations.Nullable;

/**
 * Takes the peer's bytes as they come and tells DATA from everything else. Payload of DATA goes on
 * at once in slices of the buffer it came in, however little of its frame has arrived; other frames
 * are few and small, they are passed on whole. Nothing that a peer does makes this hold more than
 * one such frame.
 *
 * <p>One per connection, on its event loop. After an exception the connection is beyond help.
 */
final class FrameSplitter {
    static final int HEADER_BYTES = 9;

    private static final int END_STREAM = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int PADDED = 0x8;

    /** SETTINGS, GOAWAY and the like: what every endpoint must take, RFC 9113 §4.2. */
    private static final int MAX_CONTROL_PAYLOAD = 16_384;

    /** Padding and priority that a HEADERS frame carries besides its fields. */
    private static final int HEADERS_OVERHEAD = 1 + 255 + 5;

    /** What a connection does with the frames. */
    interface Sink {
        /**
         * A DATA frame begins.
         *
         * @param length flow-controlled bytes, padding included
         */
        void onDataFrame(int streamId, int length) throws Http2Exception;

        /** The frame has padding: so many of its flow-controlled bytes carry nothing. */
        void onPadding(int bytes) throws Http2Exception;

        /** Payload of the DATA frame that began last. Takes ownership. */
        void onData(ByteBuf payload) throws Http2Exception;

        /** The DATA frame is complete. */
        void onDataFrameEnd(boolean endStream) throws Http2Exception;

        /**
         * @param increment 0 to 2^31-1
         */
        void onWindowUpdate(int streamId, int increment) throws Http2Exception;

        /** Any other frame, whole and with its header. Valid during the call. */
        void onFrame(ByteBuf frame) throws Http2Exception;

        /** True when what has happened makes the rest of the bytes worthless. */
        boolean isDone();
    }

    private enum Expect {
        HEADER,
        PAD_LENGTH,
        PAYLOAD,
        PADDING,
        WHOLE_FRAME,
        SKIPPED
    }

    private final Sink sink;
    private final ByteBufAllocator alloc;
    private final int maxFrameSize;
    private final int maxHeaderBlock;

    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private Expect expect = Expect.HEADER;
    private int type;
    private int flags;
    private int streamId;

    /** Bytes of the current part of the frame that have not arrived. */
    private int missing;

    private int padding;
    private @Nullable ByteBuf whole;

    /** The stream whose header block must go on with CONTINUATION, or 0. */
    private int openHeaderBlock;

    /**
     * @param maxFrameSize what we advertised
     * @param maxHeaderBlock bytes of encoded fields that one frame may carry
     */
    FrameSplitter(Sink sink, ByteBufAllocator alloc, int maxFrameSize, int maxHeaderBlock) {
        this.sink = sink;
        this.alloc = alloc;
        this.maxFrameSize = maxFrameSize;
        this.maxHeaderBlock = maxHeaderBlock;
    }

    /** Takes ownership of the buffer. */
    void read(ByteBuf in) throws Http2Exception {
        ByteBuf owned = in;
        try {
            while (owned.isReadable() && !sink.isDone()) {
                switch (expect) {
                    case HEADER -> readHeader(owned);
                    case PAD_LENGTH -> readPadLength(owned);
                    case PAYLOAD -> {
                        if (owned.readableBytes() <= missing) {
                            // The rest is all payload: it goes on without a slice of its own.
                            ByteBuf payload = owned;
                            owned = Unpooled.EMPTY_BUFFER;
                            deliver(payload);
                        } else {
                            deliver(owned.readRetainedSlice(missing));
                        }
                    }
                    case PADDING, SKIPPED -> skip(owned);
                    case WHOLE_FRAME -> collect(owned);
                }
            }
        } finally {
            owned.release();
        }
    }

    /** Releases what was collected of an incomplete frame. */
    void close() {
        if (whole != null) {
            whole.release();
            whole = null;
        }
    }

    private void readHeader(ByteBuf in) throws Http2Exception {
        int length;
        if (headerBytes == 0 && in.readableBytes() >= HEADER_BYTES) {
            length = in.readUnsignedMedium();
            type = in.readUnsignedByte();
            flags = in.readUnsignedByte();
            streamId = in.readInt() & Integer.MAX_VALUE;
        } else {
            int part = Math.min(HEADER_BYTES - headerBytes, in.readableBytes());
            in.readBytes(header, headerBytes, part);
            headerBytes += part;
            if (headerBytes < HEADER_BYTES) {
                return;
            }
            headerBytes = 0;
            length = unsigned(0) << 16 | unsigned(1) << 8 | unsigned(2);
            type = unsigned(3);
            flags = unsigned(4);
            streamId =
                    (unsigned(5) << 24 | unsigned(6) << 16 | unsigned(7) << 8 | unsigned(8))
                            & Integer.MAX_VALUE;
        }
        if (length > maxFrameSize) {
            throw connectionError(
                    FRAME_SIZE_ERROR, "a frame of %d bytes, at most %d", length, maxFrameSize);
        }
        checkHeaderBlock();
        begin(length);
    }

    private int unsigned(int index) {
        return Byte.toUnsignedInt(header[index]);
    }

    /** Nothing may come between the frames of one header block, RFC 9113 §4.3. */
    private void checkHeaderBlock() throws Http2Exception {
        boolean continues = type == Http2FrameTypes.CONTINUATION;
        if (openHeaderBlock != 0 && !(continues && streamId == openHeaderBlock)) {
            throw connectionError(
                    PROTOCOL_ERROR,
                    "a frame of type %d within the header block of stream %d",
                    type,
                    openHeaderBlock);
        }
        if (continues || type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.PUSH_PROMISE) {
            openHeaderBlock = (flags & END_HEADERS) != 0 ? 0 : streamId;
        }
    }

    private void begin(int length) throws Http2Exception {
        switch (type) {
            case Http2FrameTypes.DATA -> beginData(length);
            case Http2FrameTypes.WINDOW_UPDATE -> {
                if (length != 4) {
                    throw connectionError(FRAME_SIZE_ERROR, "a WINDOW_UPDATE of %d bytes", length);
                }
                beginWhole(length);
            }
            case Http2FrameTypes.HEADERS,
                    Http2FrameTypes.PUSH_PROMISE,
                    Http2FrameTypes.CONTINUATION ->
                    beginBounded(length, maxHeaderBlock + HEADERS_OVERHEAD);
            case Http2FrameTypes.SETTINGS,
                    Http2FrameTypes.PING,
                    Http2FrameTypes.GO_AWAY,
                    Http2FrameTypes.RST_STREAM,
                    Http2FrameTypes.PRIORITY ->
                    beginBounded(length, MAX_CONTROL_PAYLOAD);
            default -> {
                // Extensions that nobody negotiated are ignored, RFC 9113 §5.5.
                missing = length;
                expect = length == 0 ? Expect.HEADER : Expect.SKIPPED;
            }
        }
    }

    private void beginData(int length) throws Http2Exception {
        if (streamId == 0) {
            throw connectionError(PROTOCOL_ERROR, "DATA on stream 0");
        }
        boolean padded = (flags & PADDED) != 0;
        if (padded && length == 0) {
            throw connectionError(FRAME_SIZE_ERROR, "padded DATA without a pad length");
        }
        sink.onDataFrame(streamId, length);
        missing = length;
        padding = 0;
        expect = padded ? Expect.PAD_LENGTH : Expect.PAYLOAD;
        if (length == 0) {
            endData();
        }
    }

    private void readPadLength(ByteBuf in) throws Http2Exception {
        padding = in.readUnsignedByte();
        missing -= 1 + padding;
        if (missing < 0) {
            throw connectionError(
                    PROTOCOL_ERROR, "padding of %d bytes is longer than its frame", padding);
        }
        sink.onPadding(1 + padding);
        if (missing == 0) {
            endPayload();
        } else {
            expect = Expect.PAYLOAD;
        }
    }

    private void deliver(ByteBuf payload) throws Http2Exception {
        missing -= payload.readableBytes();
        sink.onData(payload);
        if (missing == 0) {
            endPayload();
        }
    }

    private void endPayload() throws Http2Exception {
        if (padding > 0) {
            missing = padding;
            expect = Expect.PADDING;
        } else {
            endData();
        }
    }

    private void endData() throws Http2Exception {
        expect = Expect.HEADER;
        sink.onDataFrameEnd((flags & END_STREAM) != 0);
    }

    private void skip(ByteBuf in) throws Http2Exception {
        int part = Math.min(missing, in.readableBytes());
        in.skipBytes(part);
        missing -= part;
        if (missing > 0) {
            return;
        }
        if (expect == Expect.PADDING) {
            endData();
        } else {
            expect = Expect.HEADER;
        }
    }

    private void beginBounded(int length, int limit) throws Http2Exception {
        if (length > limit) {
            throw connectionError(
                    ENHANCE_YOUR_CALM,
                    "a frame of type %d with %d bytes, at most %d",
                    type,
                    length,
                    limit);
        }
        beginWhole(length);
    }

    private void beginWhole(int length) throws Http2Exception {
        missing = length;
        expect = Expect.WHOLE_FRAME;
        if (length == 0) {
            collect(Unpooled.EMPTY_BUFFER);
        }
    }

    private void collect(ByteBuf in) throws Http2Exception {
        if (type == Http2FrameTypes.WINDOW_UPDATE && whole == null && in.readableBytes() >= 4) {
            expect = Expect.HEADER;
            windowUpdate(in.readInt());
            return;
        }
        ByteBuf frame = whole;
        if (frame == null) {
            frame = alloc.buffer(HEADER_BYTES + missing);
            frame.writeMedium(missing).writeByte(type).writeByte(flags).writeInt(streamId);
            whole = frame;
        }
        int part = Math.min(missing, in.readableBytes());
        frame.writeBytes(in, part);
        missing -= part;
        if (missing > 0) {
            return;
        }
        whole = null;
        expect = Expect.HEADER;
        try {
            if (type == Http2FrameTypes.WINDOW_UPDATE) {
                windowUpdate(frame.getInt(HEADER_BYTES));
            } else {
                sink.onFrame(frame);
            }
        } finally {
            frame.release();
        }
    }

    private void windowUpdate(int word) throws Http2Exception {
        sink.onWindowUpdate(streamId, word & Integer.MAX_VALUE);
    }
}
