package io.ztunnel.daemon.proxy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneServer;
import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.hbone.HboneStream;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.InboundStream;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.InboundTunnelHandler;
import io.ztunnel.hbone.Relay;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.hbone.StreamHandler;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.hbone.TlsIdentity;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Another network: a gateway that joins the streams it accepts with connections to the one ztunnel
 * behind it, which answers with an echo. Both refuse with a status where a test says so.
 */
final class RemoteNetwork implements AutoCloseable {
    final List<ConnectRequest> atGateway = new CopyOnWriteArrayList<>();
    final List<ConnectRequest> atPeer = new CopyOnWriteArrayList<>();
    final AtomicInteger gatewayTunnels = new AtomicInteger();
    final AtomicInteger joined = new AtomicInteger();

    volatile int gatewayStatus = 200;
    volatile int peerStatus = 200;
    volatile @Nullable String baggage;

    private final EventLoopGroup loops;
    private final Executor handshakes;
    private final TlsContext gatewayTls;
    private final TlsContext peerTls;
    private final Channel gateway;
    private final Channel peer;

    RemoteNetwork(EventLoopGroup loops, Executor handshakes, TlsIdentity at, TlsIdentity behind)
            throws HboneException {
        this.loops = loops;
        this.handshakes = handshakes;
        HboneTls tls = new HboneTls(false, HboneTls.DEFAULT_GROUPS);
        gatewayTls = tls.server(at);
        peerTls = tls.server(behind);
        peer = listen("127.0.0.3", peerTls, new Peer());
        gateway = listen("127.0.0.2", gatewayTls, new Gateway());
    }

    InetSocketAddress gateway() {
        return (InetSocketAddress) gateway.localAddress();
    }

    /** Stops listening, so that whoever dials is refused. */
    void closeGateway() {
        gateway.close().syncUninterruptibly();
    }

    private Channel listen(String ip, TlsContext tls, InboundTunnelHandler handler) {
        return new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel child) {
                                // The channel is registered when this returns.
                                child.eventLoop()
                                        .execute(
                                                () ->
                                                        HboneServer.start(
                                                                child,
                                                                tls,
                                                                HboneSettings.DEFAULTS,
                                                                ByteBudget.unlimited(),
                                                                handshakes,
                                                                handler));
                            }
                        })
                .bind(new InetSocketAddress(ip, 0))
                .syncUninterruptibly()
                .channel();
    }

    private abstract static class Server implements InboundTunnelHandler {
        @Override
        public void onTunnel(InboundTunnel tunnel) {}

        @Override
        public void onHandshakeFailed(HboneException cause) {}

        @Override
        public void onBadRequest(InboundTunnel tunnel, String why) {}
    }

    private final class Gateway extends Server {
        @Override
        public void onTunnel(InboundTunnel tunnel) {
            gatewayTunnels.incrementAndGet();
        }

        @Override
        public void onConnect(InboundStream stream) {
            atGateway.add(stream.request());
            if (gatewayStatus != 200) {
                stream.refuse(gatewayStatus);
                return;
            }
            EpollSocketChannel socket = new EpollSocketChannel();
            ChannelEnd.prepare(socket);
            stream.eventLoop().register(socket);
            socket.connect(peer.localAddress())
                    .addListener(
                            connected -> {
                                stream.accept(null);
                                joined.incrementAndGet();
                                Relay.start(
                                        new StreamEnd(stream),
                                        new ChannelEnd(socket),
                                        new Joined());
                            });
        }
    }

    private final class Joined implements Relay.Observer {
        @Override
        public void onReceived(int bytes) {}

        @Override
        public void onSent(int bytes) {}

        @Override
        public void onComplete(@Nullable Throwable error) {
            joined.decrementAndGet();
        }
    }

    private final class Peer extends Server {
        @Override
        public void onConnect(InboundStream stream) {
            atPeer.add(stream.request());
            if (peerStatus != 200) {
                stream.refuse(peerStatus);
                return;
            }
            stream.setHandler(new Echo());
            stream.accept(baggage);
        }
    }

    private static final class Echo implements StreamHandler {
        @Override
        public void onData(HboneStream stream, ByteBuf data) {
            int bytes = data.readableBytes();
            stream.write(data);
            stream.returnCredit(bytes);
        }

        @Override
        public void onReadComplete(HboneStream stream) {
            stream.flush();
        }

        @Override
        public void onEnd(HboneStream stream) {
            stream.finish();
        }

        @Override
        public void onWritable(HboneStream stream) {}

        @Override
        public void onClosed(HboneStream stream, @Nullable HboneException cause) {}
    }

    @Override
    public void close() {
        gateway.close().syncUninterruptibly();
        peer.close().syncUninterruptibly();
        gatewayTls.close();
        peerTls.close();
    }
}
