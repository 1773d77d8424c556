package io.ztunnel.sandbox.waypoint;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The HBONE port of a waypoint, with its event loops. */
final class WaypointServer implements AutoCloseable {
    private static final int THREADS = 2;

    /**
     * NIO, because with Netty 4.2.18 an epoll socket whose input has ended leaves the epoll set for
     * good: a later write that has to wait then fails with ENOENT, and half-close is lost.
     */
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());

    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Map<EventExecutor, Dialler> diallers = new HashMap<>();
    private final Supplier<MeshIdentity> identity;
    private final Supplier<WaypointState> state;
    private final AccessLog log;
    private final Telemetry telemetry;
    private final Channel listener;

    /** What clients have opened, to be told when the waypoint stops. */
    private final ChannelGroup clientStreams =
            new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    private WaypointServer(
            InetSocketAddress address,
            int hbonePort,
            Supplier<MeshIdentity> identity,
            Supplier<WaypointState> state,
            Supplier<RandomGenerator> random,
            AccessLog log,
            Telemetry telemetry)
            throws IOException {
        this.identity = identity;
        this.state = state;
        this.log = log;
        this.telemetry = telemetry;
        for (EventExecutor loop : loops) {
            diallers.put(
                    loop,
                    new Dialler(
                            (EventLoop) loop,
                            new Tunnels((EventLoop) loop, hbonePort, identity),
                            random.get(),
                            new EndpointHealth(InstantSource.system())));
        }
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel connection) {
                                        accept(connection);
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        this.listener = bound.channel();
        if (!bound.isSuccess()) {
            stopLoops();
            throw new IOException("cannot listen on " + address, bound.cause());
        }
    }

    /**
     * Starts to listen.
     *
     * @param hbonePort of the pods behind it
     * @param identity asked for each connection
     * @param state asked for each tunnel and each request
     * @param random one for each event loop, which picks endpoints
     * @throws IOException when the address cannot be bound
     */
    static WaypointServer start(
            InetSocketAddress address,
            int hbonePort,
            Supplier<MeshIdentity> identity,
            Supplier<WaypointState> state,
            Supplier<RandomGenerator> random,
            AccessLog log,
            Telemetry telemetry)
            throws IOException {
        return new WaypointServer(address, hbonePort, identity, state, random, log, telemetry);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    private void accept(Channel connection) {
        connections.add(connection);
        MeshIdentity own = identity.get();
        SslHandler tls = own.server().newHandler(connection.alloc());
        connection
                .pipeline()
                .addLast(
                        tls,
                        new PeerGate(
                                tls,
                                own.trustDomain(),
                                new PeerGate.Listener() {
                                    @Override
                                    public void admitted(Channel admitted, String peer) {
                                        serve(admitted, peer);
                                    }

                                    @Override
                                    public void refused(Channel refused, IOException why) {
                                        turnedAway(refused, why);
                                    }
                                }));
    }

    private void turnedAway(Channel connection, IOException why) {
        // A probe that only looks whether the port is open says nothing, and gets no line.
        if (connection.isActive()) {
            log.refused(
                    String.valueOf(connection.remoteAddress()), String.valueOf(why.getMessage()));
        }
    }

    private void serve(Channel connection, String peer) {
        TunnelGuard guard = new TunnelGuard(connection);
        Dialled.Services services =
                new Dialled.Services(
                        state,
                        Objects.requireNonNull(diallers.get(connection.eventLoop())),
                        log,
                        telemetry);
        if (!(connection.remoteAddress() instanceof InetSocketAddress from)) {
            connection.close(); // it has left already
            return;
        }
        Dialled.Peer client = new Dialled.Peer(peer, from.getAddress());
        Http2.serve(
                connection,
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.config().setAutoRead(false);
                        guard.add(stream);
                        clientStreams.add(stream);
                        stream.pipeline().addLast(new AcceptedStream(client, services));
                    }
                },
                guard);
    }

    /** Takes nothing new, and lets what is under way come to its end for a short while. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        // Who is between two requests is asked to go; whoever is in one has its time.
        clientStreams.forEach(
                stream ->
                        stream.eventLoop()
                                .execute(
                                        () ->
                                                stream.pipeline()
                                                        .fireUserEventTriggered(Drain.INSTANCE)));
        connections.close().awaitUninterruptibly(Http2.GRACE.toMillis(), TimeUnit.MILLISECONDS);
        stopLoops();
    }

    private void stopLoops() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
