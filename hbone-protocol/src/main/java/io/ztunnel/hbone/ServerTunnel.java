package io.ztunnel.hbone;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The end on which the peer opens streams. */
final class ServerTunnel extends Tunnel implements InboundTunnel {
    private static final long MAX_HEADER_LIST = 64 * 1024;
    private static final long DRAIN_PING = 0x647261696EL;

    /** A stream that is reset before it is answered costs us a decision and a connect. */
    private static final int MAX_EARLY_RESETS = 500;

    private static final int MAX_REFUSED = 1_024;
    private static final Duration RATE_PERIOD = Duration.ofSeconds(10);

    private enum Drain {
        NO,
        /** The first GOAWAY is out: requests that crossed it are refused. */
        ANNOUNCED,
        /** The peer knows; the tunnel ends with its last stream. */
        DONE
    }

    private final InboundTunnelHandler handler;
    private final ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
    private @Nullable RateLimit earlyResets;
    private @Nullable RateLimit refused;
    private @Nullable Future<?> prefaceLimit;
    private int lastSeen;
    private int lastServed;
    private Drain drain = Drain.NO;
    private boolean peerGoesAway;

    ServerTunnel(
            HboneSettings settings, List<String> peerIdentities, InboundTunnelHandler handler) {
        this(
                settings,
                new VerifiedPeer(peerIdentities, List.of()),
                handler,
                ByteBudget.unlimited());
    }

    ServerTunnel(
            HboneSettings settings,
            VerifiedPeer peer,
            InboundTunnelHandler handler,
            ByteBudget budget) {
        super(settings, peer, MAX_HEADER_LIST, budget);
        this.handler = handler;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        earlyResets = new RateLimit(ctx.executor().ticker(), MAX_EARLY_RESETS, RATE_PERIOD);
        refused = new RateLimit(ctx.executor().ticker(), MAX_REFUSED, RATE_PERIOD);
        prefaceLimit =
                ctx.executor()
                        .schedule(
                                () -> fail(Http2Error.SETTINGS_TIMEOUT, "no HTTP/2 preface"),
                                settings.handshakeTimeout().toNanos(),
                                TimeUnit.NANOSECONDS);
        handler.onTunnel(this);
    }

    @Override
    void sendPreface(FrameWriter writer) {}

    @Override
    void announce(Http2Settings initial) {
        initial.maxConcurrentStreams(settings.maxConcurrentStreams());
    }

    @Override
    boolean readPreface(ByteBuf in) throws Http2Exception {
        while (preface.isReadable() && in.isReadable()) {
            if (preface.readByte() != in.readByte()) {
                throw connectionError(Http2Error.PROTOCOL_ERROR, "not an HTTP/2 preface");
            }
        }
        return !preface.isReadable();
    }

    @Override
    void onPeerSettings(Http2Settings peer) {
        stopPrefaceLimit();
    }

    private void stopPrefaceLimit() {
        if (prefaceLimit != null) {
            prefaceLimit.cancel(false);
            prefaceLimit = null;
        }
    }

    // ---- requests

    @Override
    void onHeaders(int streamId, Http2Headers headers, boolean end) throws Http2Exception {
        TunnelStream known = open().get(streamId);
        if (known != null) {
            if (!known.state().canReceive()) {
                reset(known, Http2Error.STREAM_CLOSED, "HEADERS after END_STREAM");
            } else if (end) {
                known.receiveEnd();
            } else {
                reset(known, Http2Error.PROTOCOL_ERROR, "trailers without END_STREAM");
            }
            return;
        }
        if (!isNew(streamId)) {
            // Trailers of a stream that we have reset.
            return;
        }
        // Between the two GOAWAYs of a drain the peer may not know yet: RFC 9113 §6.8.
        if (drain == Drain.DONE || open().size() >= settings.maxConcurrentStreams()) {
            refuse(streamId, Http2Error.REFUSED_STREAM);
            return;
        }
        CharSequence method = headers.method();
        if (method != null && !ConnectHeaders.isConnect(method)) {
            answerBadRequest(streamId, end);
            handler.onBadRequest(this, ConnectHeaders.printable(method));
            return;
        }
        String malformation = ConnectHeaders.malformation(headers);
        if (malformation != null) {
            refuse(streamId, Http2Error.PROTOCOL_ERROR);
            return;
        }
        lastServed = streamId;
        AcceptedStream stream = new AcceptedStream(this, streamId, ConnectHeaders.request(headers));
        open().put(streamId, stream);
        if (end) {
            stream.receiveEnd();
        }
        handler.onConnect(stream);
    }

    /** Takes note of a stream's number; false for one that has been used. */
    private boolean isNew(int streamId) throws Http2Exception {
        if ((streamId & 1) == 0) {
            throw connectionError(Http2Error.PROTOCOL_ERROR, "a client opened stream %d", streamId);
        }
        if (streamId <= lastSeen) {
            return false;
        }
        lastSeen = streamId;
        return true;
    }

    @Override
    void onBadHeaders(int streamId, Http2Error error) throws Http2Exception {
        TunnelStream known = open().get(streamId);
        if (known != null) {
            reset(known, error, "a header block that cannot be used");
        } else if (isNew(streamId)) {
            refuse(streamId, error);
        }
    }

    private void answerBadRequest(int streamId, boolean ended) throws Http2Exception {
        countAnswer();
        writer().headers(streamId, ConnectHeaders.status(400), true);
        if (!ended) {
            writer().reset(streamId, Http2Error.NO_ERROR.code());
        }
        requestFlush();
    }

    private void refuse(int streamId, Http2Error error) throws Http2Exception {
        countRefusal();
        writer().reset(streamId, error.code());
        requestFlush();
    }

    private void reset(TunnelStream stream, Http2Error error, String why) throws Http2Exception {
        countRefusal();
        stream.refuseFrame(error, why);
    }

    private void countRefusal() throws Http2Exception {
        countAnswer();
        if (refused != null && !refused.allows()) {
            throw connectionError(
                    Http2Error.ENHANCE_YOUR_CALM, "too many streams that had to be refused");
        }
    }

    @Override
    void onPeerReset(TunnelStream stream) throws Http2Exception {
        boolean early = stream instanceof AcceptedStream accepted && !accepted.isAnswered();
        if (early && earlyResets != null && !earlyResets.allows()) {
            throw connectionError(
                    Http2Error.ENHANCE_YOUR_CALM, "too many streams reset before their answer");
        }
    }

    /**
     * @return false when the tunnel is gone, or unusable because of the attempt
     */
    boolean sendHeaders(int streamId, Http2Headers headers, boolean end) {
        if (isClosed()) {
            return false;
        }
        try {
            countAnswer();
            writer().headers(streamId, headers, end);
        } catch (Http2Exception e) {
            fail(e.error(), String.valueOf(e.getMessage()));
            return false;
        }
        requestFlush();
        return true;
    }

    @Override
    boolean isIdle(int streamId) {
        return (streamId & 1) == 0 || streamId > lastSeen;
    }

    @Override
    int lastPeerStream() {
        return lastServed;
    }

    @Override
    void left(TunnelStream stream) {
        open().remove(stream.id());
    }

    // ---- the end

    @Override
    void afterStreamEnd() {
        boolean over = drain == Drain.DONE || peerGoesAway;
        if (over && open().isEmpty() && !isClosed()) {
            flushNow();
            shut(HboneException.of(HboneException.Code.DRAINING, "the tunnel is drained", null));
        }
    }

    @Override
    void onGoAway(int lastStreamId, long errorCode) {
        peerGoesAway = true;
        afterStreamEnd();
    }

    @Override
    void onPong(long payload) {
        if (payload == DRAIN_PING && drain == Drain.ANNOUNCED) {
            drain = Drain.DONE;
            writer().goAway(lastServed, Http2Error.NO_ERROR.code(), "");
            requestFlush();
            afterStreamEnd();
        }
    }

    @Override
    public void onSilence() {
        fail(Http2Error.NO_ERROR, "the peer does not answer pings");
    }

    @Override
    void onShut(HboneException cause) {
        stopPrefaceLimit();
        preface.release();
    }

    @Override
    public Channel channel() {
        return ctx().channel();
    }

    /**
     * Two steps, RFC 9113 §6.8: requests may be under way that the peer sent before it could know.
     * A peer that does not answer the PING is closed by the keepalive.
     */
    @Override
    public void drain() {
        run(
                () -> {
                    if (drain == Drain.NO && !isClosed()) {
                        drain = Drain.ANNOUNCED;
                        writer().goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR.code(), "");
                        writer().ping(false, DRAIN_PING);
                        flushNow();
                    }
                });
    }

    @Override
    public void close() {
        run(
                () -> {
                    if (!isClosed()) {
                        writer().goAway(lastServed, Http2Error.NO_ERROR.code(), "");
                        shut(
                                HboneException.of(
                                        HboneException.Code.DRAINING,
                                        "the tunnel was closed",
                                        null));
                    }
                });
    }

    private void run(Runnable task) {
        if (eventLoop().inEventLoop()) {
            task.run();
        } else {
            eventLoop().execute(task);
        }
    }
}
