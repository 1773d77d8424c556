package io.ztunnel.hbone;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A client, the gateway of another network that joins its streams with connections to a server
 * behind it, and that server, which ends the inner tunnel. Everything on loopback, with real TLS.
 */
final class TwoNetworks implements AutoCloseable {
    static final String CLIENT = "spiffe://td/ns/a/sa/client";
    static final String GATEWAY = "spiffe://td/ns/istio-gateways/sa/east-west";
    static final String SERVER = "spiffe://td/ns/b/sa/server";
    static final String BAGGAGE = "k8s.namespace.name=b,service.name=server";
    static final ConnectRequest REQUEST =
            new ConnectRequest("echo.b.svc:80", List.of(), null, null, null);

    /** Windows so small that both tunnels run out of credit again and again. */
    static final HboneSettings SETTINGS =
            new HboneSettings(
                    256 << 10,
                    1 << 20,
                    64 << 10,
                    200,
                    100,
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20));

    private static final int SOCKET_BUFFER = 64 << 10;

    /** A stream that the gateway has joined with a connection to the server. */
    record Joined(Relay relay, RecordingObserver observer) {}

    final BlockingQueue<Joined> joined = new LinkedBlockingQueue<>();
    final BlockingQueue<InboundStream> atServer = new LinkedBlockingQueue<>();

    private final TestCa ca = TestCa.root("td");
    private final HboneTls tls = new HboneTls(false, HboneTls.DEFAULT_GROUPS);
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, RelayIoHandler.newFactory());
    private final EventLoop clientLoop = loops.next();
    private final ExecutorService handshakes = Executors.newSingleThreadExecutor();
    private final TlsContext serverTls;
    private final TlsContext gatewayTls;

    /** Closed before the loops end, so that what leaks is not the test's fault. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    private final Channel server;
    private final Channel gateway;

    private final Supplier<Pump> application;

    /**
     * @param application of each stream that reaches the server
     */
    TwoNetworks(Supplier<Pump> application) throws HboneException {
        this.application = application;
        serverTls = tls.server(ca.issue(SERVER));
        gatewayTls = tls.server(ca.issue(GATEWAY));
        server = listen(serverTls, this::serve);
        gateway = listen(gatewayTls, this::join);
    }

    private Channel listen(TlsContext context, Consumer<InboundStream> onConnect) {
        return new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel child) {
                                channels.add(child);
                                // The channel is registered when this returns.
                                child.eventLoop()
                                        .execute(
                                                () ->
                                                        HboneServer.start(
                                                                child,
                                                                context,
                                                                SETTINGS,
                                                                ByteBudget.unlimited(),
                                                                handshakes,
                                                                new Handler(onConnect)));
                            }
                        })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private record Handler(Consumer<InboundStream> connect) implements ConnectHandler {
        @Override
        public void onBadRequest(InboundTunnel tunnel, String why) {
            throw new AssertionError(why);
        }

        @Override
        public void onConnect(InboundStream stream) {
            connect.accept(stream);
        }
    }

    private void serve(InboundStream stream) {
        Pump pump = application.get();
        stream.setHandler(pump);
        stream.accept(BAGGAGE);
        pump.run(stream);
        atServer.add(stream);
    }

    private void join(InboundStream stream) {
        EpollSocketChannel socket = new EpollSocketChannel();
        channels.add(socket);
        ChannelEnd.prepare(socket);
        socket.config().setSendBufferSize(SOCKET_BUFFER);
        stream.eventLoop().register(socket).syncUninterruptibly();
        socket.connect(server.localAddress())
                .addListener(
                        connected -> {
                            stream.accept(null);
                            RecordingObserver observer = new RecordingObserver();
                            Relay relay =
                                    Relay.start(
                                            new StreamEnd(stream),
                                            new ChannelEnd(socket),
                                            observer);
                            joined.add(new Joined(relay, observer));
                        });
    }

    /** A tunnel to the gateway. */
    OutboundTunnel outer() throws Exception {
        TlsContext context = tls.client(ca.issue(CLIENT), List.of(GATEWAY));
        SocketAddress to = gateway.localAddress();
        TunnelKey key =
                new TunnelKey(
                        CLIENT,
                        List.of(GATEWAY),
                        InetAddress.getLoopbackAddress(),
                        (InetSocketAddress) to);
        EpollSocketChannel socket = new EpollSocketChannel();
        channels.add(socket);
        try {
            return HboneClient.connect(
                            key,
                            socket,
                            clientLoop,
                            context,
                            SETTINGS,
                            ByteBudget.unlimited(),
                            handshakes)
                    .get(10, TimeUnit.SECONDS);
        } finally {
            context.close();
        }
    }

    /** A stream of the outer tunnel. */
    StreamChannel carrier(OutboundTunnel outer) throws Exception {
        StreamChannel carrier =
                on(outer, () -> StreamChannel.open(outer, REQUEST)).get(10, TimeUnit.SECONDS);
        channels.add(carrier);
        return carrier;
    }

    /** The beginning of an inner tunnel to a server with that identity. */
    Future<OutboundTunnel> inner(StreamChannel carrier, String identity) throws HboneException {
        TlsContext context = tls.client(ca.issue(CLIENT), List.of(identity));
        return HboneClient.start(carrier, context, SETTINGS, ByteBudget.unlimited(), handshakes)
                .addListener(done -> context.close());
    }

    OutboundTunnel inner(StreamChannel carrier) throws Exception {
        return inner(carrier, SERVER).get(10, TimeUnit.SECONDS);
    }

    /** A stream of the inner tunnel whose bytes flow. */
    HboneStream start(OutboundTunnel inner, Pump pump) throws Exception {
        HboneStream stream =
                on(inner, () -> inner.connect(REQUEST, pump)).get(10, TimeUnit.SECONDS);
        stream.eventLoop().submit(() -> pump.run(stream)).get(10, TimeUnit.SECONDS);
        return stream;
    }

    static <T> T on(OutboundTunnel tunnel, Callable<T> call) throws Exception {
        return tunnel.eventLoop().submit(call).get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        gateway.close().syncUninterruptibly();
        server.close().syncUninterruptibly();
        channels.close().awaitUninterruptibly(10, TimeUnit.SECONDS);
        loops.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        handshakes.shutdown();
        serverTls.close();
        gatewayTls.close();
    }
}
