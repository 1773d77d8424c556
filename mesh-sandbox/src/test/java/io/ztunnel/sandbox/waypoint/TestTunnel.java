package io.ztunnel.sandbox.waypoint;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.GlobalEventExecutor;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A client's connection to the waypoint. Shares only the certificates with what it tests. */
final class TestTunnel {
    private final Channel connection;
    private final ChannelGroup streams = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    private TestTunnel(Channel connection) {
        this.connection = connection;
    }

    static TestTunnel connect(EventLoopGroup loops, InetSocketAddress to, MeshIdentity as)
            throws Exception {
        Channel connection =
                new Bootstrap()
                        .group(loops)
                        .channel(EpollSocketChannel.class)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        as.client().newHandler(channel.alloc()),
                                                        Http2FrameCodecBuilder.forClient().build(),
                                                        new Http2MultiplexHandler(
                                                                new ChannelInboundHandlerAdapter() {
                                                                    @Override
                                                                    public boolean isSharable() {
                                                                        return true;
                                                                    }
                                                                }));
                                    }
                                })
                        .connect(to)
                        .sync()
                        .channel();
        connection.pipeline().get(SslHandler.class).handshakeFuture().await(10_000);
        return new TestTunnel(connection);
    }

    /** What was received and never read is given back. */
    void close() throws InterruptedException {
        streams.close().await(5_000);
        connection.close().await(5_000);
    }

    boolean closesSoon() throws InterruptedException {
        return connection.closeFuture().await(10, TimeUnit.SECONDS);
    }

    TestStream connectTo(InetSocketAddress dialled) throws Exception {
        String host = dialled.getAddress().getHostAddress();
        return open(
                new DefaultHttp2Headers()
                        .method("CONNECT")
                        .authority(host + ":" + dialled.getPort()));
    }

    TestStream open(Http2Headers headers) throws Exception {
        TestStream stream = new TestStream(headers);
        new Http2StreamChannelBootstrap(connection)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.config().setAutoRead(false);
                                streams.add(channel);
                                channel.pipeline().addLast(stream);
                            }
                        })
                .open()
                .sync();
        return stream;
    }
}
