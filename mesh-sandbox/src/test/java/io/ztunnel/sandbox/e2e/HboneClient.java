package io.ztunnel.sandbox.e2e;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A peer of nobody's making, on stock codecs: one tunnel, one CONNECT. */
final class HboneClient {
    /** What a tunnel that is closed before any answer comes to. */
    static final String CLOSED = "closed";

    private static final int LIMIT_SECONDS = 60;

    /** What it shows and what it trusts; nothing to show when the key is null. */
    record Papers(@Nullable PrivateKey key, X509Certificate[] certificate, X509Certificate root) {
        private SslContext context() throws IOException {
            SslContextBuilder builder =
                    SslContextBuilder.forClient()
                            .trustManager(root)
                            .protocols("TLSv1.3")
                            // The server's name is a URI; whose it is matters not here.
                            .endpointIdentificationAlgorithm("")
                            .applicationProtocolConfig(
                                    new ApplicationProtocolConfig(
                                            ApplicationProtocolConfig.Protocol.ALPN,
                                            ApplicationProtocolConfig.SelectorFailureBehavior
                                                    .NO_ADVERTISE,
                                            ApplicationProtocolConfig
                                                    .SelectedListenerFailureBehavior.ACCEPT,
                                            ApplicationProtocolNames.HTTP_2));
            return key == null ? builder.build() : builder.keyManager(key, certificate).build();
        }
    }

    private HboneClient() {}

    /**
     * Sends {@code CONNECT authority} to port 15008 of a pod.
     *
     * @param from where the connection starts
     * @return the status of the answer, or {@link #CLOSED}
     */
    static String connect(Place from, InetSocketAddress pod, Papers papers, String authority)
            throws IOException {
        SocketChannel socket = from.open();
        SslContext tls = papers.context();
        CompletableFuture<String> answer = new CompletableFuture<>();
        try (var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())) {
            try {
                var connected =
                        new Bootstrap()
                                .group(loops)
                                .channelFactory(() -> new NioSocketChannel(socket))
                                .handler(new Tunnel(tls, authority, answer))
                                .connect(pod);
                connected.addListener(
                        done -> {
                            if (!done.isSuccess()) {
                                answer.completeExceptionally(done.cause());
                            }
                        });
                return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException failed) {
                throw new IOException("no answer to CONNECT " + authority, failed);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            } finally {
                loops.shutdownGracefully(0, 5, TimeUnit.SECONDS);
            }
        }
    }

    private static final class Tunnel extends ChannelInitializer<Channel> {
        private final SslContext tls;
        private final String authority;
        private final CompletableFuture<String> answer;

        Tunnel(SslContext tls, String authority, CompletableFuture<String> answer) {
            this.tls = tls;
            this.authority = authority;
            this.answer = answer;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.closeFuture().addListener(closed -> answer.complete(CLOSED));
            channel.pipeline()
                    .addLast(tls.newHandler(channel.alloc()))
                    .addLast(Http2FrameCodecBuilder.forClient().build())
                    .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()))
                    .addLast(
                            new ChannelInboundHandlerAdapter() {
                                @Override
                                public void userEventTriggered(
                                        ChannelHandlerContext context, Object event) {
                                    if (event instanceof SslHandshakeCompletionEvent shaken
                                            && shaken.isSuccess()) {
                                        ask(channel);
                                    }
                                }

                                @Override
                                public void exceptionCaught(
                                        ChannelHandlerContext context, Throwable cause) {
                                    context.close();
                                }
                            });
        }

        private void ask(Channel tunnel) {
            new Http2StreamChannelBootstrap(tunnel)
                    .handler(new Answer(answer))
                    .open()
                    .addListener(
                            opened -> {
                                if (opened.isSuccess()) {
                                    ((Http2StreamChannel) opened.getNow())
                                            .writeAndFlush(
                                                    new DefaultHttp2HeadersFrame(
                                                            new DefaultHttp2Headers()
                                                                    .method("CONNECT")
                                                                    .authority(authority)));
                                } else {
                                    tunnel.close();
                                }
                            });
        }
    }

    private static final class Answer extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<String> answer;

        Answer(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                if (message instanceof Http2HeadersFrame head) {
                    answer.complete(head.headers().status().toString());
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.complete(CLOSED);
        }
    }
}
