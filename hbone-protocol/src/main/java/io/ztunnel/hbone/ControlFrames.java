package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

/** Hands the frames that Netty's reader has decoded and checked to the tunnel. */
final class ControlFrames implements Http2FrameListener {
    private final Tunnel tunnel;

    ControlFrames(Tunnel tunnel) {
        this.tunnel = tunnel;
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
        tunnel.onReset(streamId, errorCode);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
            throws Http2Exception {
        tunnel.onSettings(settings);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) {}

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        tunnel.onPing(data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) {
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
            boolean exclusive) {}

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
