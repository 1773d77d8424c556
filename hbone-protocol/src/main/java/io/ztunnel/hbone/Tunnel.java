package io.ztunnel.hbone;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One HTTP/2 connection: what client and server have in common. It is the last handler of a channel
 * whose TLS handshake is done, be that channel a socket or a stream of another tunnel, and knows no
 * more of it than that it carries bytes.
 *
 * <p>A burst of reads is handled frame by frame; at its end every stream that got bytes is told,
 * and everything that came of it leaves with one flush. Outside of bursts the streams' wishes to
 * flush are gathered until the event loop has gone round.
 */
abstract class Tunnel extends ChannelInboundHandlerAdapter implements Keepalive.Line {
    private static final Logger log = LoggerFactory.getLogger(Tunnel.class);

    private static final long KEEPALIVE_PING = 0x7A74756E6E656CL;

    final HboneSettings settings;
    private final VerifiedPeer peer;
    private final long maxHeaderList;
    private final ByteBudget budget;
    private final FlowWindows.Send sendWindow = new FlowWindows.Send(FlowWindows.INITIAL);
    private final SendScheduler scheduler = new SendScheduler(this, sendWindow);
    private final IntObjectMap<TunnelStream> streams = new IntObjectHashMap<>();
    private final ArrayDeque<TunnelStream> blocked = new ArrayDeque<>();
    private final Runnable flushTask = this::runFlush;
    private final ControlFrames control;
    private final DataFrames data;

    // Set when the handler is added; nothing happens before.
    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameWriter frameWriter;
    private @Nullable FrameSplitter splitter;
    private @Nullable Keepalive keepalive;
    private @Nullable WindowGrowth growth;

    private boolean flushRequested;
    private boolean closed;

    /**
     * @param budget of the pod whose tunnel it is
     */
    Tunnel(HboneSettings settings, VerifiedPeer peer, long maxHeaderList, ByteBudget budget) {
        this.settings = settings;
        this.peer = peer;
        this.maxHeaderList = maxHeaderList;
        this.budget = budget;
        this.control = new ControlFrames(this, settings.maxFrameSize(), maxHeaderList);
        this.data = new DataFrames(this, control, sendWindow, settings);
    }

    // ---- what client and server do differently

    /** Writes what comes before the SETTINGS. */
    abstract void sendPreface(FrameWriter writer);

    /** Adds what only this end announces. */
    abstract void announce(Http2Settings initial);

    /** Eats what the peer must send before its first frame; true when that is complete. */
    abstract boolean readPreface(ByteBuf in) throws Http2Exception;

    /** SETTINGS of the peer that matter to one end only. */
    abstract void onPeerSettings(Http2Settings peer) throws Http2Exception;

    abstract void onHeaders(int streamId, Http2Headers headers, boolean end) throws Http2Exception;

    /** A header block that cannot be used opened this stream, or tried to. */
    abstract void onBadHeaders(int streamId, Http2Error error) throws Http2Exception;

    abstract void onGoAway(int lastStreamId, long errorCode);

    abstract void onPong(long payload);

    /** True when no frame can have been sent on the stream yet, RFC 9113 §5.1 "idle". */
    abstract boolean isIdle(int streamId);

    /** The last stream of the peer that was or might have been acted upon. */
    abstract int lastPeerStream();

    /** A stream has been reset by the peer. */
    abstract void onPeerReset(TunnelStream stream) throws Http2Exception;

    abstract void left(TunnelStream stream);

    /** A stream has ended and its handler knows. */
    abstract void afterStreamEnd();

    /** The connection is over; its streams know. */
    abstract void onShut(HboneException cause);

    // ---- lifecycle

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        FrameWriter writer = new FrameWriter(ctx);
        frameWriter = writer;
        control.start(ctx.executor().ticker());
        splitter =
                new FrameSplitter(
                        data,
                        ctx.alloc(),
                        settings.maxFrameSize(),
                        (int) Http2CodecUtil.calculateMaxHeaderListSizeGoAway(maxHeaderList));
        Keepalive alive =
                new Keepalive(
                        ctx.executor(), settings.pingInterval(), settings.pingTimeout(), this);
        keepalive = alive;
        growth = new WindowGrowth(ctx.executor().ticker(), settings.windowGrowth(), budget);
        sendPreface(writer);
        Http2Settings initial =
                new Http2Settings()
                        .initialWindowSize(settings.firstStreamWindow())
                        .maxFrameSize(settings.maxFrameSize())
                        .maxHeaderListSize(maxHeaderList);
        announce(initial);
        writer.settings(initial);
        if (settings.connectionWindow() > FlowWindows.INITIAL) {
            writer.windowUpdate(0, settings.connectionWindow() - FlowWindows.INITIAL);
        }
        writer.flush();
        alive.start();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        shut(
                HboneException.of(
                        HboneException.Code.HTTP2, "the tunnel's connection was lost", null));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        shut(
                HboneException.of(
                        HboneException.Code.HTTP2, "the tunnel's connection was lost", null));
        splitter().close();
        control.close();
        writer().close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof Exception)) {
            // Errors are the business of whoever watches the event loop.
            ctx.fireExceptionCaught(cause);
        }
        if (closed) {
            return;
        }
        String why = TlsFailure.describe(cause);
        log.debug("{}: {}", ctx.channel(), why, cause);
        HboneException.Code code = HboneException.Code.HTTP2;
        if (!control.settingsSeen() && TlsFailure.isTls(cause)) {
            // In TLS 1.3 a client learns only now that the server did not like its certificate.
            code = HboneException.Code.TLS;
        }
        shut(HboneException.of(code, why, cause));
    }

    /** GOAWAY and the end, for what the peer did. */
    final void fail(Http2Error error, String why) {
        if (!closed) {
            writer().goAway(lastPeerStream(), error.code(), why);
            shut(HboneException.of(HboneException.Code.HTTP2, why, null));
        }
    }

    /** Ends every stream and closes the channel after what was written. Idempotent. */
    final void shut(HboneException cause) {
        if (closed) {
            return;
        }
        closed = true;
        if (keepalive != null) {
            keepalive.stop();
        }
        writer().flush();
        List<TunnelStream> open = new ArrayList<>(streams.values());
        streams.clear();
        for (TunnelStream stream : open) {
            stream.lost(cause);
        }
        onShut(cause);
        ctx().close();
    }

    final boolean isClosed() {
        return closed;
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (closed) {
            in.release();
            return;
        }
        try {
            boolean ready;
            try {
                ready = readPreface(in);
            } catch (Http2Exception e) {
                in.release();
                throw e;
            }
            if (ready) {
                splitter().read(in);
            } else {
                in.release();
            }
        } catch (Http2Exception e) {
            fail(e.error(), String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        data.readComplete();
        flushNow();
    }

    /** The stream that a frame is for, null when it has ended: the peer may not know yet. */
    final @Nullable TunnelStream find(int streamId, String frame) throws Http2Exception {
        TunnelStream stream = streams.get(streamId);
        if (stream == null && isIdle(streamId)) {
            throw connectionError(
                    Http2Error.PROTOCOL_ERROR, "%s on idle stream %d", frame, streamId);
        }
        return stream;
    }

    final void onPingAck(long payload) {
        if (payload == KEEPALIVE_PING && keepalive != null) {
            keepalive.onPong();
        } else {
            onPong(payload);
        }
    }

    @Override
    public final void sendPing() {
        writer().ping(false, KEEPALIVE_PING);
        writer().flush();
    }

    // ---- streams

    final IntObjectMap<TunnelStream> open() {
        return streams;
    }

    /** All streams that have a send window, for loops whose body may end some of them. */
    List<TunnelStream> streamsSnapshot() {
        return new ArrayList<>(streams.values());
    }

    /** How much a new stream's peer may send. */
    final FlowWindows.Receive newReceiveWindow() {
        return new FlowWindows.Receive(
                settings.firstStreamWindow(), settings.streamWindow(), started(growth));
    }

    final int peerInitialWindow() {
        return control.peerInitialWindow();
    }

    /** See {@link ControlFrames#countAnswer}. */
    final void countAnswer() throws Http2Exception {
        control.countAnswer();
    }

    /** See {@link DataFrames#letGo}. */
    final void letGo(int bytes) {
        data.letGo(bytes);
    }

    public final List<String> peerIdentities() {
        return peer.identities();
    }

    public final List<X509Certificate> peerPath() {
        return peer.path();
    }

    public final EventLoop eventLoop() {
        return ctx().channel().eventLoop();
    }

    // ---- sending

    final FrameWriter writer() {
        return started(frameWriter);
    }

    final ChannelHandlerContext ctx() {
        return started(context);
    }

    private FrameSplitter splitter() {
        return started(splitter);
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the tunnel is not in a pipeline");
        }
        return part;
    }

    final void readyToSend(TunnelStream stream) {
        scheduler.add(stream);
    }

    /** A stream told its writer to stop. */
    final void blocked(TunnelStream stream) {
        if (!stream.waitsToWrite) {
            stream.waitsToWrite = true;
            blocked.add(stream);
        }
    }

    /** A stream is over: a peer that takes nothing must not make us keep those it has reset. */
    final void forget(TunnelStream stream) {
        scheduler.remove(stream);
        if (stream.waitsToWrite) {
            stream.waitsToWrite = false;
            blocked.remove(stream);
        }
    }

    /** There is room or credit again: tells those who wait for it. */
    final void unblock() {
        // A writer that is called back may fill the channel and find room again: another round,
        // within this one, has then done the rest.
        for (int left = blocked.size(); left > 0 && !blocked.isEmpty(); left--) {
            TunnelStream stream = blocked.remove();
            stream.waitsToWrite = false;
            stream.maybeWritable();
            stream.staysBlocked();
        }
    }

    final boolean channelTakesMore() {
        return ctx().channel().isWritable();
    }

    final boolean takesMore() {
        return !closed && sendWindow.available() > 0 && channelTakesMore();
    }

    /** Sends at the end of this turn of the event loop, with what others have by then. */
    final void requestFlush() {
        if (!flushRequested && !closed) {
            flushRequested = true;
            ctx().executor().execute(flushTask);
        }
    }

    private void runFlush() {
        flushRequested = false;
        flushNow();
    }

    final void flushNow() {
        if (!closed) {
            scheduler.run();
            writer().flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!closed && channelTakesMore()) {
            control.answersAreRead();
            flushNow();
            unblock();
        }
    }
}
