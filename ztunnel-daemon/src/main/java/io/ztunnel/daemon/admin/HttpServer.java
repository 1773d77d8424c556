package io.ztunnel.daemon.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A small HTTP/1.1 server: one handler for every path, answers in order, 8 KiB of headers, 16 KiB
 * of body, 256 connections. Compresses as Accept-Encoding asks.
 */
public final class HttpServer implements AutoCloseable {
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MAX_BODY_BYTES = 16 * 1024;
    private static final int MAX_CONNECTIONS = 256;
    private static final int WRITE_SECONDS = 300;
    private static final int BIND_TIMEOUT_SECONDS = 5;

    private final List<Channel> listeners = new ArrayList<>();
    private final ChannelGroup connections;
    private volatile boolean closing;

    private HttpServer(ChannelGroup connections) {
        this.connections = connections;
    }

    /**
     * Binds every address, or none.
     *
     * @param handler called on the event loop; may complete later, on any thread
     * @throws IOException when an address cannot be bound
     */
    public static HttpServer bind(
            EventLoopGroup loop,
            List<InetSocketAddress> addresses,
            Function<HttpQuery, CompletionStage<HttpReply>> handler)
            throws IOException {
        HttpServer server = new HttpServer(new DefaultChannelGroup("http", loop.next(), true));
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop)
                        .channel(EpollServerSocketChannel.class)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        server.initialize(channel, handler);
                                    }
                                });
        for (InetSocketAddress address : addresses) {
            ChannelFuture bound = bootstrap.bind(address);
            if (!bound.awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    || !bound.isSuccess()) {
                server.close();
                throw new IOException("cannot listen on " + address, bound.cause());
            }
            server.listeners.add(bound.channel());
        }
        return server;
    }

    /** The addresses in the order given to bind, with the ports that the kernel chose. */
    public List<InetSocketAddress> addresses() {
        return listeners.stream().map(c -> (InetSocketAddress) c.localAddress()).toList();
    }

    private void initialize(
            SocketChannel channel, Function<HttpQuery, CompletionStage<HttpReply>> handler) {
        if (connections.size() >= MAX_CONNECTIONS) {
            channel.close();
            return;
        }
        connections.add(channel);
        install(channel, new HttpConnection(handler, () -> closing, BodyBudget.OF_PROCESS));
    }

    /** HTTP on a connection that is new. */
    static void install(Channel channel, HttpConnection connection) {
        channel.pipeline()
                .addLast(connection.firstByte())
                .addLast(new WriteTimeoutHandler(WRITE_SECONDS))
                .addLast(
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(MAX_HEADER_BYTES)
                                        .setMaxHeaderSize(MAX_HEADER_BYTES)))
                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                .addLast(new HttpContentCompressor())
                .addLast(new FlowControlHandler())
                .addLast(connection);
    }

    /** Stops accepting; requests in flight are answered. Idempotent. */
    @Override
    public void close() {
        closing = true;
        for (Channel listener : listeners) {
            listener.close().awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
        for (Channel connection : connections) {
            connection.pipeline().fireUserEventTriggered(HttpConnection.CLOSING);
        }
    }
}
