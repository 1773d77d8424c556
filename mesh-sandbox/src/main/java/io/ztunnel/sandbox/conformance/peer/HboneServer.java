package io.ztunnel.sandbox.conformance.peer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A raw HBONE server: a waypoint, a gateway or a pod of nobody's making. */
public final class HboneServer implements AutoCloseable {
    private static final int MAX_STREAMS = 200;
    private static final int BACKLOG = 128;

    private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    private final Answer answer;
    private final Script script;
    private final Channel listener;

    /**
     * @param headers of the answer, beside the status
     */
    public record Answer(int status, Map<String, String> headers) {
        private Map<String, String> fields() {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put(":status", Integer.toString(status));
            fields.putAll(headers);
            return fields;
        }
    }

    private HboneServer(
            ServerSocketChannel socket,
            int port,
            EventLoopGroup loops,
            Papers papers,
            Answer answer,
            Script script)
            throws IOException {
        this.answer = answer;
        this.script = script;
        var bound =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(() -> new NioServerSocketChannel(socket))
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childHandler(new Connection(papers))
                        .bind(new InetSocketAddress(port));
        StreamPeer.await(bound);
        this.listener = bound.channel();
    }

    /** On a platform thread. */
    public static HboneServer start(
            Place place,
            int port,
            EventLoopGroup loops,
            Papers papers,
            Answer answer,
            Script script)
            throws IOException {
        ServerSocketChannel socket = place.openServer();
        try {
            return new HboneServer(socket, port, loops, papers, answer, script);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    private final class Connection extends ChannelInitializer<Channel> {
        private final Papers papers;

        Connection(Papers papers) {
            this.papers = papers;
        }

        @Override
        protected void initChannel(Channel channel) {
            connections.add(channel);
            channel.closeFuture().addListener(closed -> connections.remove(channel));
            String local = SocketPeer.text((InetSocketAddress) channel.localAddress());
            channel.pipeline()
                    .addLast(papers.server().newHandler(channel.alloc()))
                    .addLast(
                            Http2FrameCodecBuilder.forServer()
                                    .validateHeaders(false)
                                    .initialSettings(
                                            Http2Settings.defaultSettings()
                                                    .maxConcurrentStreams(MAX_STREAMS))
                                    .build())
                    .addLast(
                            new Http2MultiplexHandler(
                                    new ChannelInitializer<Http2StreamChannel>() {
                                        @Override
                                        protected void initChannel(Http2StreamChannel stream) {
                                            stream.pipeline()
                                                    .addLast(
                                                            new StreamPeer(
                                                                    stream,
                                                                    local,
                                                                    HboneServer.this::asked));
                                        }
                                    }))
                    .addLast(new Rest());
        }
    }

    private static final class Rest extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Status 0 leaves it without an answer. */
    private void asked(StreamPeer stream) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                if (answer.status() != 0) {
                                    stream.head(answer.fields(), answer.status() != 200);
                                }
                                script.begin(stream);
                            } catch (IOException gone) {
                                stream.close();
                            }
                        });
    }

    public Script script() {
        return script;
    }

    /** How many connections are open. */
    public int connections() {
        return connections.size();
    }

    /** On every connection. */
    public void goAway() throws IOException {
        for (Channel connection : connections) {
            StreamPeer.await(
                    connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR)));
        }
    }

    /** Resets every TCP connection, without a word of TLS. */
    public void abort() throws IOException {
        for (Channel connection : connections) {
            abort(connection);
        }
    }

    static void abort(Channel connection) throws IOException {
        connection.config().setOption(ChannelOption.SO_LINGER, 0);
        // From below TLS, which would say goodbye.
        StreamPeer.await(connection.pipeline().firstContext().close());
    }

    /** Ends every connection without a word of HTTP/2. */
    public void cut() throws IOException {
        for (Channel connection : connections) {
            StreamPeer.await(connection.close());
        }
    }

    @Override
    public void close() throws IOException {
        StreamPeer.await(listener.close());
        cut();
    }
}
