package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * The other side of a tunnel, frame by frame, on an embedded channel: what it sends is said by the
 * test, what it receives is one line of text per frame. Frames are coded by Netty's stock codec.
 */
final class ScriptedPeer implements AutoCloseable {
    private final EmbeddedChannel channel;
    private final EmbeddedChannel encoder = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final DefaultHttp2FrameWriter writer = new DefaultHttp2FrameWriter();
    private final DefaultHttp2FrameReader reader = new DefaultHttp2FrameReader(false);
    private final List<String> received = new ArrayList<>();
    private final ByteBuf incoming = Unpooled.buffer();
    private boolean expectPreface;

    private ScriptedPeer(ChannelHandler tunnel) {
        try {
            reader.maxFrameSize(1 << 20);
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
        channel = new EmbeddedChannel(tunnel);
        channel.freezeTime();
    }

    static ScriptedPeer ofServer(ServerTunnel tunnel) {
        ScriptedPeer peer = new ScriptedPeer(tunnel);
        peer.raw(Http2CodecUtil.connectionPrefaceBuf());
        return peer;
    }

    /** A server tunnel that has not seen the preface. */
    static ScriptedPeer silent(ServerTunnel tunnel) {
        return new ScriptedPeer(tunnel);
    }

    static ScriptedPeer ofClient(ClientTunnel tunnel) {
        ScriptedPeer peer = new ScriptedPeer(tunnel);
        peer.expectPreface = true;
        return peer;
    }

    /** Makes use of the frame size that we allow. */
    ScriptedPeer largeFrames() {
        try {
            writer.maxFrameSize(1 << 20);
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
        return this;
    }

    EmbeddedChannel channel() {
        return channel;
    }

    // ---- what the peer sends

    ScriptedPeer settings() {
        return settings(new Http2Settings());
    }

    ScriptedPeer settings(Http2Settings settings) {
        return send((ctx, w) -> w.writeSettings(ctx, settings, ctx.newPromise()));
    }

    ScriptedPeer connect(int stream, String authority) {
        return headers(
                stream, new DefaultHttp2Headers().method("CONNECT").authority(authority), false);
    }

    ScriptedPeer headers(int stream, Http2Headers headers, boolean end) {
        return send((ctx, w) -> w.writeHeaders(ctx, stream, headers, 0, end, ctx.newPromise()));
    }

    ScriptedPeer status(int stream, int status, boolean end) {
        return headers(stream, new DefaultHttp2Headers().status("" + status), end);
    }

    ScriptedPeer data(int stream, String text, boolean end) {
        return data(stream, text.getBytes(StandardCharsets.US_ASCII), 0, end);
    }

    ScriptedPeer data(int stream, byte[] bytes, int padding, boolean end) {
        return send(
                (ctx, w) ->
                        w.writeData(
                                ctx,
                                stream,
                                Unpooled.wrappedBuffer(bytes),
                                padding,
                                end,
                                ctx.newPromise()));
    }

    ScriptedPeer reset(int stream, Http2Error error) {
        return send((ctx, w) -> w.writeRstStream(ctx, stream, error.code(), ctx.newPromise()));
    }

    ScriptedPeer window(int stream, int increment) {
        return raw(
                Unpooled.buffer()
                        .writeMedium(4)
                        .writeByte(8)
                        .writeByte(0)
                        .writeInt(stream)
                        .writeInt(increment));
    }

    ScriptedPeer ping(boolean ack, long payload) {
        return send((ctx, w) -> w.writePing(ctx, ack, payload, ctx.newPromise()));
    }

    ScriptedPeer goAway(int lastStream, Http2Error error) {
        return send(
                (ctx, w) ->
                        w.writeGoAway(
                                ctx,
                                lastStream,
                                error.code(),
                                Unpooled.EMPTY_BUFFER,
                                ctx.newPromise()));
    }

    ScriptedPeer raw(ByteBuf bytes) {
        channel.writeInbound(bytes);
        return this;
    }

    private ScriptedPeer send(BiConsumer<ChannelHandlerContext, DefaultHttp2FrameWriter> frame) {
        frame.accept(encoder.pipeline().firstContext(), writer);
        encoder.flushOutbound();
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
            all.writeBytes(part);
            part.release();
        }
        return raw(all);
    }

    void passTime(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    // ---- what the peer receives

    /** Lines of the frames since the last call. */
    List<String> received() {
        channel.runPendingTasks();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            incoming.writeBytes(part);
            part.release();
        }
        if (expectPreface) {
            ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
            assertThat(incoming.readSlice(preface.readableBytes())).isEqualTo(preface);
            expectPreface = false;
        }
        try {
            if (incoming.isReadable()) {
                reader.readFrame(encoder.pipeline().firstContext(), incoming, new Lines());
            }
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
        incoming.discardReadBytes();
        List<String> lines = List.copyOf(received);
        received.clear();
        return lines;
    }

    boolean isOpen() {
        channel.runPendingTasks();
        return channel.isOpen();
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
        encoder.finishAndReleaseAll();
        writer.close();
        reader.close();
    }

    private final class Lines implements Http2FrameListener {
        private void add(String line, boolean end) {
            received.add(end ? line + " END" : line);
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end) {
            int bytes = data.readableBytes();
            String text = bytes > 40 ? bytes + " bytes" : data.toString(StandardCharsets.US_ASCII);
            add("DATA " + stream + " " + text, end);
            return bytes + padding;
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx, int stream, Http2Headers headers, int pad, boolean end) {
            StringBuilder line = new StringBuilder("HEADERS " + stream);
            headers.forEach(
                    h -> line.append(' ').append(h.getKey()).append('=').append(h.getValue()));
            add(line.toString(), end);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean end) {
            throw new AssertionError("priority");
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext ctx, int stream, int on, short weight, boolean exclusive) {
            throw new AssertionError("priority");
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long error) {
            add("RST " + stream + " " + Http2Error.valueOf(error), false);
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext ctx) {
            add("SETTINGS ACK", false);
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
            add("SETTINGS " + new java.util.TreeMap<>(settings), false);
        }

        @Override
        public void onPingRead(ChannelHandlerContext ctx, long data) {
            add("PING " + data, false);
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext ctx, long data) {
            add("PONG " + data, false);
        }

        @Override
        public void onPushPromiseRead(
                ChannelHandlerContext ctx, int stream, int promised, Http2Headers h, int padding) {
            throw new AssertionError("push");
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext ctx, int last, long error, ByteBuf debug) {
            add("GOAWAY " + last + " " + Http2Error.valueOf(error), false);
        }

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext ctx, int stream, int increment) {
            add("WINDOW " + stream + " +" + increment, false);
        }

        @Override
        public void onUnknownFrame(
                ChannelHandlerContext ctx, byte type, int stream, Http2Flags flags, ByteBuf p) {
            throw new AssertionError("unknown frame");
        }
    }
}
