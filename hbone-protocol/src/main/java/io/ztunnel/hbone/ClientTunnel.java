package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The end that opens streams. It is ready as soon as it has said its own piece: until the peer's
 * SETTINGS come it takes the peer's stream limit for its own, as other clients of HBONE do. Streams
 * beyond the peer's limit wait for a place, in order and no longer than for any answer.
 */
final class ClientTunnel extends Tunnel implements OutboundTunnel {
    private static final Logger log = LoggerFactory.getLogger(ClientTunnel.class);
    private static final long MAX_HEADER_LIST = 16 * 1024;

    private final ArrayDeque<RequestedStream> waiting = new ArrayDeque<>();
    private final List<Runnable> unusableListeners = new ArrayList<>(1);
    private final List<Runnable> endListeners = new ArrayList<>(1);
    private volatile long peerMaxStreams;
    private long peerMaxHeaderList = Long.MAX_VALUE;
    private List<String> lastBaggage = List.of();
    private int nextId;
    private boolean usable = true;
    private boolean leaving;
    private boolean firstSettings = true;

    ClientTunnel(HboneSettings settings, List<String> peerIdentities) {
        this(settings, new VerifiedPeer(peerIdentities, List.of()), ByteBudget.unlimited(), 1);
    }

    /**
     * @param firstId number of the first stream, odd
     */
    ClientTunnel(HboneSettings settings, VerifiedPeer peer, ByteBudget budget, int firstId) {
        super(settings, peer, MAX_HEADER_LIST, budget);
        this.nextId = firstId;
        this.peerMaxStreams = settings.maxStreamsPerTunnel();
    }

    @Override
    void sendPreface(FrameWriter writer) {
        writer.preface();
    }

    @Override
    void announce(Http2Settings initial) {
        initial.pushEnabled(false);
    }

    @Override
    boolean readPreface(ByteBuf in) {
        return true;
    }

    @Override
    void onPeerSettings(Http2Settings peer) {
        Long maxStreams = peer.maxConcurrentStreams();
        // The first SETTINGS without the value mean that there is no limit.
        peerMaxStreams =
                maxStreams != null ? maxStreams : firstSettings ? Long.MAX_VALUE : peerMaxStreams;
        firstSettings = false;
        Long maxHeaderList = peer.maxHeaderListSize();
        if (maxHeaderList != null) {
            peerMaxHeaderList = maxHeaderList;
        }
        openWaiting();
    }

    // ---- streams

    @Override
    public Future<HboneStream> connect(ConnectRequest request, StreamHandler handler) {
        if (!eventLoop().inEventLoop()) {
            throw new IllegalStateException("a tunnel is used on its event loop only");
        }
        if (!isUsable()) {
            return refused(HboneException.Code.DRAINING, "the tunnel takes no new streams");
        }
        if (waiting.size() >= settings.maxStreamsPerTunnel()) {
            return refused(
                    HboneException.Code.HTTP2,
                    "the peer allows %d streams and as many as may wait already do"
                            .formatted(peerMaxStreams));
        }
        Http2Headers headers;
        try {
            headers = ConnectHeaders.of(request);
        } catch (IllegalArgumentException e) {
            return refused(HboneException.Code.HTTP2, "not a header: " + e.getMessage());
        }
        long size = ConnectHeaders.size(headers);
        if (size > peerMaxHeaderList) {
            return refused(
                    HboneException.Code.HTTP2,
                    "a CONNECT with %d bytes of headers, the peer takes %d"
                            .formatted(size, peerMaxHeaderList));
        }
        RequestedStream stream = new RequestedStream(this, headers, handler);
        Future<HboneStream> outcome = stream.outcome();
        waiting.add(stream);
        openWaiting();
        return outcome;
    }

    private Future<HboneStream> refused(HboneException.Code code, String why) {
        return eventLoop().newFailedFuture(HboneException.of(code, why, null));
    }

    private void openWaiting() {
        while (nextId > 0 && !waiting.isEmpty() && open().size() < peerMaxStreams && !isClosed()) {
            RequestedStream stream = waiting.remove();
            int id = nextId;
            if (id == Integer.MAX_VALUE) {
                becomeUnusable();
            }
            nextId += 2;
            stream.opened(id);
            open().put(id, stream);
            try {
                writer().headers(id, stream.takeRequest(), false);
            } catch (Http2Exception e) {
                fail(Http2Error.INTERNAL_ERROR, "headers that cannot be encoded");
                return;
            }
            requestFlush();
        }
        if (nextId < 0) {
            refuseWaiting();
        }
    }

    private void loseWaiting(HboneException cause) {
        for (RequestedStream stream : List.copyOf(waiting)) {
            stream.lost(cause);
        }
    }

    /** The peer says the same of itself in every answer: kept once for all streams. */
    List<String> shared(List<String> baggage) {
        if (!baggage.equals(lastBaggage)) {
            lastBaggage = baggage;
        }
        return lastBaggage;
    }

    /** Numbers are never used twice, RFC 9113 §5.1.1: whoever waits needs another tunnel. */
    private void refuseWaiting() {
        HboneException cause =
                HboneException.of(
                        HboneException.Code.DRAINING, "the tunnel's streams are used up", null);
        loseWaiting(cause);
    }

    @Override
    List<TunnelStream> streamsSnapshot() {
        List<TunnelStream> all = super.streamsSnapshot();
        all.addAll(waiting);
        return all;
    }

    @Override
    void onHeaders(int streamId, Http2Headers headers, boolean end) throws Http2Exception {
        TunnelStream stream = open().get(streamId);
        if (stream instanceof RequestedStream requested) {
            if (requested.state().canReceive()) {
                requested.receiveHeaders(headers, end);
            } else {
                countAnswer();
                requested.refuseFrame(Http2Error.STREAM_CLOSED, "HEADERS after END_STREAM");
            }
        } else if (isIdle(streamId)) {
            throw Http2Exception.connectionError(
                    Http2Error.PROTOCOL_ERROR, "HEADERS on idle stream %d", streamId);
        }
    }

    @Override
    void onBadHeaders(int streamId, Http2Error error) {
        TunnelStream stream = open().get(streamId);
        if (stream != null) {
            stream.refuseFrame(error, "a header block that cannot be used");
        }
    }

    @Override
    void onPeerReset(TunnelStream stream) {}

    @Override
    boolean isIdle(int streamId) {
        return (streamId & 1) == 0 || Integer.compareUnsigned(streamId, nextId) >= 0;
    }

    /** No server opens streams here. */
    @Override
    int lastPeerStream() {
        return 0;
    }

    @Override
    void left(TunnelStream stream) {
        if (stream.id() == 0) {
            waiting.removeIf(other -> other == stream);
        } else {
            open().remove(stream.id());
        }
    }

    @Override
    public int streams() {
        return open().size() + waiting.size();
    }

    // ---- the end

    @Override
    void afterStreamEnd() {
        openWaiting();
        for (Runnable listener : List.copyOf(endListeners)) {
            listener.run();
        }
        closeIfLeft();
    }

    private void closeIfLeft() {
        if (leaving && open().isEmpty() && waiting.isEmpty() && !isClosed()) {
            flushNow();
            shut(HboneException.of(HboneException.Code.DRAINING, "the tunnel is drained", null));
        }
    }

    @Override
    void onGoAway(int lastStreamId, long errorCode) {
        leaving = true;
        becomeUnusable();
        HboneException cause =
                HboneException.of(
                        HboneException.Code.HTTP2,
                        "the peer went away with code " + errorCode,
                        null);
        // Those who wait first: they must not be opened in the place of those that end here.
        loseWaiting(cause);
        for (TunnelStream stream : streamsSnapshot()) {
            if (stream.id() > lastStreamId) {
                stream.lost(cause);
            }
        }
        closeIfLeft();
    }

    private void becomeUnusable() {
        if (usable) {
            usable = false;
            List<Runnable> listeners = List.copyOf(unusableListeners);
            unusableListeners.clear();
            listeners.forEach(Runnable::run);
        }
    }

    @Override
    void onPong(long payload) {}

    @Override
    public void onSilence() {
        log.warn(
                "the tunnel to {} is given up with {} streams: the peer does not answer pings",
                ctx().channel().remoteAddress(),
                streams());
        shut(HboneException.of(HboneException.Code.HTTP2, "the peer does not answer pings", null));
    }

    @Override
    void onShut(HboneException cause) {
        loseWaiting(cause);
        becomeUnusable();
    }

    @Override
    public boolean isUsable() {
        return usable && !isClosed();
    }

    @Override
    public int maxStreams() {
        return (int) Math.min(settings.maxStreamsPerTunnel(), peerMaxStreams);
    }

    @Override
    public void drain() {
        if (!leaving && !isClosed()) {
            leaving = true;
            writer().goAway(0, Http2Error.NO_ERROR.code(), "");
            requestFlush();
            becomeUnusable();
            closeIfLeft();
        }
    }

    @Override
    public void close() {
        shut(HboneException.of(HboneException.Code.DRAINING, "the tunnel was closed", null));
    }

    @Override
    public void onUnusable(Runnable listener) {
        if (isUsable()) {
            unusableListeners.add(listener);
        } else {
            listener.run();
        }
    }

    @Override
    public void onStreamEnd(Runnable listener) {
        endListeners.add(listener);
    }
}
