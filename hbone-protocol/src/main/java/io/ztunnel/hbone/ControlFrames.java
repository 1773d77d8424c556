package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.concurrent.Ticker;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Frames that steer a tunnel, decoded and checked by Netty's reader: the peer's settings, pings and
 * resets are dealt with here, what opens and closes streams goes on to the tunnel.
 */
final class ControlFrames implements Http2FrameListener {
    /** Frames that answer the peer and that it does not read: beyond this it is an attack. */
    private static final int MAX_UNREAD_ANSWERS = 1_000;

    private static final int MAX_SMALL_CONTINUATIONS = 16;

    /**
     * In {@link #RATE_PERIOD}: pings, answers to pings and priorities. A keepalive or a measurement
     * of bandwidth stays far below.
     */
    private static final int MAX_IDLE_TALK = 2_000;

    /** In {@link #RATE_PERIOD}; each walks over all streams. */
    private static final int MAX_SETTINGS = 100;

    /**
     * In {@link #RATE_PERIOD}: small DATA frames of streams that had one in the same burst of
     * reading. Who types, and who answers, sends the next one later; who has much to say makes
     * large frames of it. Only what was held up on its way arrives packed, and far less of it.
     */
    private static final int MAX_PACKED_DATA = 500_000;

    private static final Duration RATE_PERIOD = Duration.ofSeconds(10);

    private final Tunnel tunnel;
    private final Http2FrameReader reader;
    private int peerInitialWindow = FlowWindows.INITIAL;
    private int unreadAnswers;
    private boolean settingsSeen;
    private @Nullable RateLimit idleTalk;
    private @Nullable RateLimit settingsFrames;
    private @Nullable RateLimit packedData;

    /**
     * @param maxFrameSize what we advertised: the reader hears of it from nobody else
     */
    ControlFrames(Tunnel tunnel, int maxFrameSize, long maxHeaderList) {
        this.tunnel = tunnel;
        this.reader =
                new DefaultHttp2FrameReader(
                        new DefaultHttp2HeadersDecoder(true, maxHeaderList),
                        MAX_SMALL_CONTINUATIONS);
        try {
            reader.configuration().frameSizePolicy().maxFrameSize(maxFrameSize);
        } catch (Http2Exception e) {
            throw new IllegalArgumentException("maxFrameSize " + maxFrameSize, e);
        }
    }

    /** The tunnel has joined its pipeline. */
    void start(Ticker ticker) {
        idleTalk = new RateLimit(ticker, MAX_IDLE_TALK, RATE_PERIOD);
        settingsFrames = new RateLimit(ticker, MAX_SETTINGS, RATE_PERIOD);
        packedData = new RateLimit(ticker, MAX_PACKED_DATA, RATE_PERIOD);
    }

    /** A frame that costs its sender less than us, and brings nothing. */
    private static void bound(@Nullable RateLimit limit, String frames) throws Http2Exception {
        if (limit != null && !limit.allows()) {
            throw Http2Exception.connectionError(
                    Http2Error.ENHANCE_YOUR_CALM,
                    "too many %s in %d s",
                    frames,
                    RATE_PERIOD.toSeconds());
        }
    }

    /** A whole frame with its header. */
    void read(ByteBuf frame) throws Http2Exception {
        int type = frame.getUnsignedByte(frame.readerIndex() + 3);
        if (type != Http2FrameTypes.SETTINGS) {
            requireSettings();
        }
        try {
            reader.readFrame(tunnel.ctx(), frame, this);
        } catch (Http2Exception e) {
            if (!Http2Exception.isStreamError(e)) {
                throw e;
            }
            countAnswer();
            tunnel.onBadHeaders(Http2Exception.streamId(e), e.error());
        }
    }

    void close() {
        reader.close();
    }

    boolean settingsSeen() {
        return settingsSeen;
    }

    void requireSettings() throws Http2Exception {
        if (!settingsSeen) {
            throw Http2Exception.connectionError(
                    Http2Error.PROTOCOL_ERROR, "a frame before the first SETTINGS");
        }
    }

    int peerInitialWindow() {
        return peerInitialWindow;
    }

    /** A frame goes out because of one that came in: a peer must not make us store them. */
    void countAnswer() throws Http2Exception {
        if (!tunnel.channelTakesMore() && ++unreadAnswers > MAX_UNREAD_ANSWERS) {
            throw Http2Exception.connectionError(
                    Http2Error.ENHANCE_YOUR_CALM, "the peer asks and does not read the answers");
        }
    }

    /** A DATA frame that should have been a part of the one before. */
    void countPackedData() throws Http2Exception {
        bound(packedData, "small DATA frames");
    }

    /** The channel has room again. */
    void answersAreRead() {
        unreadAnswers = 0;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        tunnel.onHeaders(streamId, headers, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        tunnel.onHeaders(streamId, headers, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
            throws Http2Exception {
        TunnelStream stream = tunnel.find(streamId, "RST_STREAM");
        if (stream != null) {
            tunnel.onPeerReset(stream);
            stream.receiveReset(errorCode);
        }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
            throws Http2Exception {
        bound(settingsFrames, "SETTINGS");
        settingsSeen = true;
        Integer frameSize = settings.maxFrameSize();
        if (frameSize != null) {
            tunnel.writer().maxFrameSize(frameSize);
        }
        Long tableSize = settings.headerTableSize();
        if (tableSize != null) {
            tunnel.writer().headerTableSize(tableSize);
        }
        Integer window = settings.initialWindowSize();
        if (window != null) {
            changeInitialWindow(window);
        }
        tunnel.onPeerSettings(settings);
        countAnswer();
        tunnel.writer().settingsAck();
        tunnel.requestFlush();
    }

    /** Applies to the streams that are open, too: RFC 9113 §6.9.2. */
    private void changeInitialWindow(int window) throws Http2Exception {
        int delta = window - peerInitialWindow;
        peerInitialWindow = window;
        for (TunnelStream stream : tunnel.streamsSnapshot()) {
            if (!stream.sendWindow.grow(delta)) {
                throw Http2Exception.connectionError(
                        Http2Error.FLOW_CONTROL_ERROR,
                        "an initial window of %d overflows that of stream %d",
                        window,
                        stream.id());
            }
            if (delta > 0) {
                stream.moreCredit();
            }
        }
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) {}

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        bound(idleTalk, "pings");
        countAnswer();
        tunnel.writer().ping(true, data);
        tunnel.requestFlush();
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        bound(idleTalk, "answers to pings");
        tunnel.onPingAck(data);
    }

    @Override
    public void onGoAwayRead(
            ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {
        tunnel.onGoAway(lastStreamId, errorCode);
    }

    @Override
    public void onPushPromiseRead(
            ChannelHandlerContext ctx,
            int streamId,
            int promisedStreamId,
            Http2Headers headers,
            int padding)
            throws Http2Exception {
        throw Http2Exception.connectionError(
                Http2Error.PROTOCOL_ERROR, "PUSH_PROMISE, which is switched off");
    }

    /** Priorities are obsolete, RFC 9113 §5.3.2: streams take turns. */
    @Override
    public void onPriorityRead(
            ChannelHandlerContext ctx,
            int streamId,
            int streamDependency,
            short weight,
            boolean exclusive)
            throws Http2Exception {
        bound(idleTalk, "priorities");
    }

    @Override
    public void onUnknownFrame(
            ChannelHandlerContext ctx,
            byte frameType,
            int streamId,
            Http2Flags flags,
            ByteBuf payload) {}

    @Override
    public int onDataRead(
            ChannelHandlerContext ctx,
            int streamId,
            ByteBuf data,
            int padding,
            boolean endOfStream) {
        throw new IllegalStateException("DATA is read elsewhere");
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment) {
        throw new IllegalStateException("WINDOW_UPDATE is read elsewhere");
    }
}
