package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.handler.codec.http2.Http2Settings;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/**
 * Writes frames, small ones gathered in one buffer so that they share a TLS record, large payloads
 * as they are. What is written reaches the channel in order, with {@link #handOver} at the latest,
 * and the network with the channel's flush. No promise and no object per frame.
 */
final class FrameWriter {
    private static final int HEADER_BYTES = FrameSplitter.HEADER_BYTES;
    private static final int END_STREAM = 0x1;
    private static final int ACK = 0x1;
    private static final int END_HEADERS = 0x4;

    /** One arena run of a class that the thread caches keep. */
    private static final int BATCH_BYTES = 16 * 1024;

    /** Below this a copy costs less than a buffer of its own on the way through TLS. */
    private static final int IN_PLACE_BYTES = 4 * 1024;

    /** Below this a copy costs less than the TLS record that a header apart makes. */
    private static final int APART_BYTES = 32 * 1024;

    private static final int MAX_DEBUG_BYTES = 256;

    /** Values that differ from stream to stream would only flush the peer's dynamic table. */
    private static final SensitivityDetector NOT_INDEXED =
            (name, value) ->
                    ConnectHeaders.TRACEPARENT.contentEquals(name)
                            || ConnectHeaders.FORWARDED.contentEquals(name);

    private final ChannelHandlerContext ctx;
    private final DefaultHttp2HeadersEncoder headersEncoder =
            new DefaultHttp2HeadersEncoder(NOT_INDEXED, true);
    private int maxFrameSize = Http2CodecUtil.MAX_FRAME_SIZE_LOWER_BOUND;
    private @Nullable ByteBuf batch;
    private boolean handedOver;

    FrameWriter(ChannelHandlerContext ctx) {
        this.ctx = ctx;
    }

    /** The peer's SETTINGS_MAX_FRAME_SIZE. */
    void maxFrameSize(int bytes) {
        maxFrameSize = bytes;
    }

    /** The peer's SETTINGS_HEADER_TABLE_SIZE; more than the default is not worth its memory. */
    void headerTableSize(long bytes) throws Http2Exception {
        headersEncoder.maxHeaderTableSize(
                Math.min(bytes, Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE));
    }

    void preface() {
        ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
        room(preface.readableBytes()).writeBytes(preface);
        preface.release();
    }

    void settings(Http2Settings settings) {
        int payload = settings.size() * Http2CodecUtil.SETTING_ENTRY_LENGTH;
        ByteBuf out = frame(payload, Http2FrameTypes.SETTINGS, 0, 0);
        settings.forEach((id, value) -> out.writeShort(id).writeInt(value.intValue()));
    }

    void settingsAck() {
        frame(0, Http2FrameTypes.SETTINGS, ACK, 0);
    }

    void ping(boolean ack, long payload) {
        frame(8, Http2FrameTypes.PING, ack ? ACK : 0, 0).writeLong(payload);
    }

    void reset(int streamId, long errorCode) {
        frame(4, Http2FrameTypes.RST_STREAM, 0, streamId).writeInt((int) errorCode);
    }

    void windowUpdate(int streamId, int increment) {
        frame(4, Http2FrameTypes.WINDOW_UPDATE, 0, streamId).writeInt(increment);
    }

    void goAway(int lastStreamId, long errorCode, String why) {
        byte[] debug = why.getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(debug.length, MAX_DEBUG_BYTES);
        frame(8 + length, Http2FrameTypes.GO_AWAY, 0, 0)
                .writeInt(lastStreamId)
                .writeInt((int) errorCode)
                .writeBytes(debug, 0, length);
    }

    void headers(int streamId, Http2Headers headers, boolean endStream) throws Http2Exception {
        ByteBuf block = ctx.alloc().buffer(512);
        try {
            headersEncoder.encodeHeaders(streamId, headers, block);
            int type = Http2FrameTypes.HEADERS;
            int flags = endStream ? END_STREAM : 0;
            do {
                int part = Math.min(block.readableBytes(), maxFrameSize);
                boolean last = part == block.readableBytes();
                frame(part, type, last ? flags | END_HEADERS : flags, streamId)
                        .writeBytes(block, part);
                type = Http2FrameTypes.CONTINUATION;
                flags = 0;
            } while (block.isReadable());
        } finally {
            block.release();
        }
    }

    /** An END_STREAM without bytes. */
    void end(int streamId) {
        frame(0, Http2FrameTypes.DATA, END_STREAM, streamId);
    }

    /**
     * DATA frames with the oldest bytes of a queue.
     *
     * @param bytes how many; at least 1, at most what the queue holds
     * @param end the last of the frames carries END_STREAM
     */
    void data(int streamId, SendQueue queue, int bytes, boolean end) {
        int left = bytes;
        while (left > 0) {
            ByteBuf head = queue.peek();
            int whole = head == null ? 0 : head.readableBytes();
            boolean inPlace =
                    head != null
                            && whole >= IN_PLACE_BYTES
                            && whole <= Math.min(left, maxFrameSize)
                            && ownsHeadroom(head);
            int part = inPlace ? whole : Math.min(left, maxFrameSize);
            boolean apart = !inPlace && Math.min(part, whole) >= APART_BYTES;
            if (apart) {
                part = Math.min(part, whole);
            }
            left -= part;
            int flags = end && left == 0 ? END_STREAM : 0;
            if (inPlace) {
                ByteBuf payload = queue.take();
                int start = payload.readerIndex() - HEADER_BYTES;
                payload.setMedium(start, part)
                        .setByte(start + 3, Http2FrameTypes.DATA)
                        .setByte(start + 4, flags)
                        .setInt(start + 5, streamId)
                        .readerIndex(start);
                handOver();
                toChannel(payload);
            } else if (apart) {
                header(part, Http2FrameTypes.DATA, flags, streamId);
                handOver();
                toChannel(queue.slice(part));
            } else {
                queue.copyTo(frame(part, Http2FrameTypes.DATA, flags, streamId), part);
            }
        }
    }

    /**
     * True when the bytes before the readable ones may be overwritten: the buffer was given to us
     * and nobody holds a part of it. A slice shares its memory with others.
     */
    private static boolean ownsHeadroom(ByteBuf data) {
        return data.readerIndex() >= HEADER_BYTES
                && data.unwrap() == null
                && data.refCnt() == 1
                && !data.isReadOnly();
    }

    /** The header of a frame, in a buffer with room for its payload. */
    private ByteBuf frame(int length, int type, int flags, int streamId) {
        return writeHeader(room(HEADER_BYTES + length), length, type, flags, streamId);
    }

    /** The header of a frame whose payload goes to the channel by itself. */
    private void header(int length, int type, int flags, int streamId) {
        writeHeader(room(HEADER_BYTES), length, type, flags, streamId);
    }

    private static ByteBuf writeHeader(ByteBuf out, int length, int type, int flags, int streamId) {
        return out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(streamId);
    }

    private ByteBuf room(int bytes) {
        ByteBuf out = batch;
        if (out != null && out.maxFastWritableBytes() < bytes) {
            handOver();
            out = null;
        }
        if (out == null) {
            out = ctx.alloc().directBuffer(Math.max(BATCH_BYTES, bytes));
            batch = out;
        }
        return out;
    }

    /** Passes what was gathered to the channel. */
    void handOver() {
        ByteBuf out = batch;
        if (out != null) {
            batch = null;
            toChannel(out);
        }
    }

    private void toChannel(ByteBuf out) {
        handedOver = true;
        ctx.write(out, ctx.voidPromise());
    }

    /** Hands over and flushes; nothing happens when there is nothing to send. */
    void flush() {
        handOver();
        if (handedOver) {
            handedOver = false;
            ctx.flush();
        }
    }

    /** Drops what has not been handed over. */
    void close() {
        if (batch != null) {
            batch.release();
            batch = null;
        }
        headersEncoder.close();
    }
}
