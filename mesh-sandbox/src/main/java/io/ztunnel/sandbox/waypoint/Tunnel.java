package io.ztunnel.sandbox.waypoint;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * One HBONE connection to a pod. Confined to its event loop. Closes itself when it has carried no
 * stream for a minute, or, after a GOAWAY, as soon as it carries none.
 */
final class Tunnel {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int IDLE_SECONDS = 60;

    private final EventLoop loop;
    private final Promise<Http2FrameCodec> ready;
    private final Channel connection;
    private int streams;
    private boolean suspect;
    private @Nullable ScheduledFuture<?> idle;

    private Tunnel(EventLoop loop, InetSocketAddress address, MeshIdentity identity) {
        this.loop = loop;
        this.ready = loop.newPromise();
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loop)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        shakeHands(channel, identity);
                                    }
                                })
                        .connect(address);
        this.connection = connecting.channel();
        connecting.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        ready.tryFailure(done.cause());
                    }
                });
    }

    static Tunnel connect(EventLoop loop, InetSocketAddress address, MeshIdentity identity) {
        return new Tunnel(loop, address, identity);
    }

    private void shakeHands(Channel channel, MeshIdentity identity) {
        SslHandler tls = identity.client().newHandler(channel.alloc());
        tls.setHandshakeTimeoutMillis(CONNECT_MILLIS);
        channel.pipeline()
                .addLast(
                        tls,
                        new PeerGate(
                                tls,
                                identity.trustDomain(),
                                new PeerGate.Listener() {
                                    @Override
                                    public void admitted(Channel admitted, String peer) {
                                        ready.setSuccess(
                                                Http2.connect(admitted, new TunnelGuard(admitted)));
                                    }

                                    @Override
                                    public void refused(Channel refused, IOException why) {
                                        ready.tryFailure(why);
                                    }
                                }));
    }

    ChannelFuture closeFuture() {
        return connection.closeFuture();
    }

    /** Whether a new stream may go here: not after a GOAWAY, and not beyond what the peer bears. */
    boolean takesMore() {
        if (suspect || !connection.isOpen() || streams >= Http2.MAX_STREAMS) {
            return false;
        }
        Http2FrameCodec codec = ready.isSuccess() ? ready.getNow() : null;
        return codec == null
                || (!codec.connection().goAwayReceived()
                        && streams < codec.connection().local().maxActiveStreams());
    }

    /**
     * Asks for a stream to an address, and waits for the answer.
     *
     * @return fails with a {@link DialException}
     */
    Future<Channel> open(InetSocketAddress target) {
        streams++;
        if (idle != null) {
            idle.cancel(false);
            idle = null;
        }
        Promise<Channel> answer = loop.newPromise();
        ready.addListener(
                (Future<Http2FrameCodec> done) -> {
                    if (done.isSuccess()) {
                        openStream(target, answer);
                    } else {
                        fail(target, answer, done.cause());
                    }
                });
        return answer;
    }

    private void openStream(InetSocketAddress target, Promise<Channel> answer) {
        // Whoever does not answer at all gets no further stream.
        Runnable suspicion = () -> suspect = true;
        new Http2StreamChannelBootstrap(connection)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel stream) {
                                stream.config().setAutoRead(false);
                                stream.pipeline()
                                        .addLast(new ConnectAnswer(target, answer, suspicion));
                            }
                        })
                .open()
                .addListener(
                        (Future<Http2StreamChannel> opened) -> {
                            if (opened.isSuccess()) {
                                opened.getNow().closeFuture().addListener(_ -> released());
                            } else {
                                fail(target, answer, opened.cause());
                            }
                        });
    }

    private void fail(InetSocketAddress target, Promise<Channel> answer, Throwable cause) {
        released();
        answer.tryFailure(
                new DialException(
                        Authorities.text(target), true, "tunnel: " + cause.getMessage(), cause));
    }

    private void released() {
        streams--;
        if (streams > 0 || !connection.isOpen()) {
            return;
        }
        if (ready.isDone() && !takesMore()) {
            connection.close();
        } else {
            idle = loop.schedule(() -> connection.close(), IDLE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
