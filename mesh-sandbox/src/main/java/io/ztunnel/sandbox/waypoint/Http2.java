package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.timeout.IdleStateHandler;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How this waypoint speaks HTTP/2, to both sides. */
final class Http2 {
    /** Of one connection, as Envoy's HBONE listener has it. */
    static final int MAX_STREAMS = 100;

    /** How long open streams may go on after a connection was asked to close. */
    static final Duration GRACE = Duration.ofSeconds(3);

    /** Of a request or a response, as Envoy has it. */
    static final int MAX_HEADER_BYTES = 60 * 1024;

    private static final int MAX_TUNNEL_HEADER_BYTES = 16 * 1024;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int STREAM_WINDOW = 256 * 1024;

    /** Room for every stream's window, so that slow streams cannot stop the others. */
    private static final int CONNECTION_WINDOW = MAX_STREAMS * STREAM_WINDOW;

    private static final int PING_SECONDS = 10;

    private Http2() {}

    /**
     * @param streams sets up a stream that the client opens
     */
    static void serve(Channel connection, ChannelHandler streams, TunnelGuard guard) {
        install(
                connection,
                Http2FrameCodecBuilder.forServer()
                        .initialSettings(settings().maxConcurrentStreams(MAX_STREAMS)),
                streams,
                guard);
    }

    static Http2FrameCodec connect(Channel connection, TunnelGuard guard) {
        return install(
                connection,
                Http2FrameCodecBuilder.forClient().initialSettings(settings().pushEnabled(false)),
                new PushedStream(),
                guard);
    }

    /** Push is disabled, so that the codec refuses such a stream before this sees it. */
    private static final class PushedStream extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            stream.close();
        }
    }

    private static Http2Settings settings() {
        return Http2Settings.defaultSettings()
                .initialWindowSize(STREAM_WINDOW)
                .maxHeaderListSize(MAX_TUNNEL_HEADER_BYTES);
    }

    /** Requests inside a tunnel: no pings, since the tunnel has its own. */
    static void serveRequests(Channel bytes, ChannelHandler streams, ChannelHandler guard) {
        add(
                bytes,
                Http2FrameCodecBuilder.forServer()
                        .initialSettings(
                                settings()
                                        .maxConcurrentStreams(MAX_STREAMS)
                                        .maxHeaderListSize(MAX_HEADER_BYTES))
                        .gracefulShutdownTimeoutMillis(GRACE.toMillis()),
                streams,
                guard);
    }

    /** A connection for one request; it is closed when that is over. */
    static void connectForRequest(Channel bytes, ChannelHandler guard) {
        add(
                bytes,
                Http2FrameCodecBuilder.forClient()
                        .initialSettings(
                                settings().pushEnabled(false).maxHeaderListSize(MAX_HEADER_BYTES))
                        .gracefulShutdownTimeoutMillis(0),
                new PushedStream(),
                guard);
    }

    private static Http2FrameCodec install(
            Channel connection,
            Http2FrameCodecBuilder builder,
            ChannelHandler streams,
            TunnelGuard guard) {
        connection.pipeline().addLast(new IdleStateHandler(PING_SECONDS, 0, 0, TimeUnit.SECONDS));
        return add(
                connection,
                builder.gracefulShutdownTimeoutMillis(GRACE.toMillis()),
                streams,
                guard);
    }

    private static Http2FrameCodec add(
            Channel connection,
            Http2FrameCodecBuilder builder,
            ChannelHandler streams,
            ChannelHandler guard) {
        Http2FrameCodec codec = builder.build();
        connection.pipeline().addLast(codec, new Http2MultiplexHandler(streams), guard);
        connection.writeAndFlush(
                new DefaultHttp2WindowUpdateFrame(CONNECTION_WINDOW - DEFAULT_WINDOW));
        return codec;
    }
}
