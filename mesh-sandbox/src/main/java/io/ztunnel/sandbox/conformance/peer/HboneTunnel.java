package io.ztunnel.sandbox.conformance.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A raw client's connection to a port 15008. As a peer it has no bytes of its own, but an end. */
public final class HboneTunnel implements Peer {
    private static final int LIMIT_SECONDS = 20;

    private final Inbox inbox = new Inbox();
    private final CompletableFuture<Void> usable = new CompletableFuture<>();
    private final Channel channel;
    private final String local;
    private final String remote;

    private HboneTunnel(SocketChannel socket, EventLoopGroup loops, SslContext tls)
            throws IOException {
        this.local = SocketPeer.text((InetSocketAddress) socket.getLocalAddress());
        this.remote = SocketPeer.text((InetSocketAddress) socket.getRemoteAddress());
        this.channel = new NioSocketChannel(socket);
        channel.pipeline().addLast(initializer(tls));
        StreamPeer.await(loops.register(channel));
    }

    /**
     * Connects and begins; a server that refuses shows as the end of this peer. On a platform
     * thread.
     */
    public static HboneTunnel open(
            Place from, InetSocketAddress to, EventLoopGroup loops, SslContext tls)
            throws IOException {
        return new HboneTunnel(from.connect(to), loops, tls);
    }

    private ChannelInitializer<Channel> initializer(SslContext tls) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                ch.closeFuture().addListener(closed -> lost());
                ch.pipeline()
                        .addLast(tls.newHandler(ch.alloc()))
                        .addLast(Http2FrameCodecBuilder.forClient().validateHeaders(false).build())
                        .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()))
                        .addLast(new Connection());
            }
        };
    }

    private void lost() {
        usable.completeExceptionally(new IOException("the connection was closed"));
        inbox.ended(new Inbox.End.Lost());
    }

    private final class Connection extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2SettingsFrame) {
                usable.complete(null);
            } else if (message instanceof Http2GoAwayFrame frame) {
                inbox.ended(new Inbox.End.WasReset(Http2Error.valueOf(frame.errorCode()).name()));
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /**
     * Whether the server has taken the certificate and spoken HTTP/2.
     *
     * @throws IOException when there is neither an answer nor an end in time
     */
    public boolean isUsable() throws IOException {
        try {
            usable.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException closed) {
            return false;
        } catch (TimeoutException late) {
            throw new IOException("neither an answer nor an end of the tunnel", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /** The SPIFFE identity in the server's certificate, "" when there is none. */
    public String serverIdentity() throws IOException {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        Certificate[] chain = tls.engine().getSession().getPeerCertificates();
        try {
            Collection<List<?>> names = ((X509Certificate) chain[0]).getSubjectAlternativeNames();
            return names == null
                    ? ""
                    : names.stream()
                            .map(name -> String.valueOf(name.get(1)))
                            .filter(name -> name.startsWith("spiffe://"))
                            .findFirst()
                            .orElse("");
        } catch (CertificateParsingException unreadable) {
            throw new IOException("the server's certificate cannot be read", unreadable);
        }
    }

    /** Sends a head on a new stream; headers may replace or add pseudo-headers. */
    public Peer request(String method, String authority, Map<String, String> headers)
            throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(":method", method);
        fields.put(":authority", authority);
        fields.putAll(headers);
        CompletableFuture<StreamPeer> made = new CompletableFuture<>();
        Future<Http2StreamChannel> opened =
                new Http2StreamChannelBootstrap(channel)
                        .handler(
                                new ChannelInitializer<Http2StreamChannel>() {
                                    @Override
                                    protected void initChannel(Http2StreamChannel stream) {
                                        StreamPeer peer = new StreamPeer(stream, local, head -> {});
                                        stream.pipeline().addLast(peer);
                                        made.complete(peer);
                                    }
                                })
                        .open();
        StreamPeer.await(opened);
        StreamPeer peer = made.join();
        peer.head(fields, false);
        return peer;
    }

    @Override
    public Inbox inbox() {
        return inbox;
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        throw new IOException("a tunnel carries bytes in streams only");
    }

    @Override
    public void finish() throws IOException {
        goAway();
    }

    /** Says that no further stream of the other side is taken. */
    public void goAway() throws IOException {
        StreamPeer.await(channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR)));
    }

    @Override
    public void reset(String code) {
        channel.close();
    }

    /** Resets the TCP connection, without a word of TLS. */
    public void abort() throws IOException {
        HboneServer.abort(channel);
    }

    @Override
    public String local() {
        return local;
    }

    @Override
    public String remote() {
        return remote;
    }

    @Override
    public void close() {
        channel.close();
    }
}
