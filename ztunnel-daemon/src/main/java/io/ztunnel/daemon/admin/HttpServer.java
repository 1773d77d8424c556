package io.ztunnel.daemon.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.ReadTimeoutHandler;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A small HTTP/1.1 server: one handler for every path, answers in order, 8 KiB of headers, 16 KiB
 * of body, two seconds to send a request. Compresses as Accept-Encoding asks.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MAX_BODY_BYTES = 16 * 1024;
    private static final int READ_TIMEOUT_SECONDS = 2;
    private static final int BIND_TIMEOUT_SECONDS = 5;

    private final List<Channel> listeners = new ArrayList<>();
    private final ChannelGroup connections;

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
        connections.add(channel);
        channel.pipeline()
                .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS))
                .addLast(
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(MAX_HEADER_BYTES)
                                        .setMaxHeaderSize(MAX_HEADER_BYTES)))
                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                .addLast(new HttpContentCompressor())
                .addLast(new RequestHandler(handler));
    }

    /** Stops accepting; requests in flight are answered. */
    @Override
    public void close() {
        for (Channel listener : listeners) {
            listener.close().awaitUninterruptibly(BIND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Function<HttpQuery, CompletionStage<HttpReply>> handler;

        RequestHandler(Function<HttpQuery, CompletionStage<HttpReply>> handler) {
            this.handler = handler;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            boolean keepAlive =
                    HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
            if (!request.decoderResult().isSuccess()) {
                reply(context, HttpReply.empty(400), false);
                return;
            }
            // One request at a time: the next is read when this one is answered.
            context.channel().config().setAutoRead(false);
            handler.apply(query(request))
                    .whenComplete(
                            (reply, error) ->
                                    context.executor()
                                            .execute(
                                                    () ->
                                                            reply(
                                                                    context,
                                                                    error == null
                                                                            ? reply
                                                                            : failure(error),
                                                                    keepAlive)));
        }

        private static HttpQuery query(FullHttpRequest request) {
            QueryStringDecoder decoder =
                    new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, 64);
            Map<String, String> parameters = new HashMap<>();
            decoder.parameters().forEach((name, values) -> parameters.put(name, values.getLast()));
            return new HttpQuery(
                    request.method().name(),
                    decoder.path(),
                    parameters,
                    request.headers().get(HttpHeaderNames.ACCEPT, ""));
        }

        private static HttpReply failure(Throwable error) {
            log.warn("a request failed: {}", error.toString());
            return HttpReply.text(500, error + "\n");
        }

        private static void reply(
                ChannelHandlerContext context, HttpReply reply, boolean keepAlive) {
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.valueOf(reply.status()),
                            Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
            HttpUtil.setKeepAlive(response, keepAlive);
            var written = context.writeAndFlush(response);
            if (keepAlive) {
                context.channel().config().setAutoRead(true);
            } else {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException) && !(cause instanceof ReadTimeoutException)) {
                log.debug("http connection closed: {}", cause.toString());
            }
            context.close();
        }
    }
}
