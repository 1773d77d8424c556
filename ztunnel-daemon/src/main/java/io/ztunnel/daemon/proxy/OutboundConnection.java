package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneStream;
import io.ztunnel.hbone.Lease;
import io.ztunnel.hbone.OutboundTunnel;
import io.ztunnel.hbone.Relay;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.routing.Route;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One captured connection from its accept to its end: decided on the pod's home loop, then placed
 * on one loop where it is dialled, relayed and closed.
 */
final class OutboundConnection implements LiveConnection {
    private static final Logger log = LoggerFactory.getLogger(OutboundConnection.class);

    private final OutboundProxy proxy;
    private final PodContext pod;
    private final EpollSocketChannel app;
    private final HostPort source;
    private final HostPort target;
    private final long started = System.nanoTime();

    /**
     * The home loop, until the connection is placed there. Everything below is confined to the loop
     * that this names.
     */
    private volatile EventLoop loop;

    private @Nullable ConnectionRecord record;

    /** From the registration on: the client may reset the connection while it is dialled. */
    private @Nullable ChannelEnd client;

    private @Nullable Relay relay;
    private @Nullable Lease lease;
    private @Nullable DoubleTunnel doubleTunnel;
    private @Nullable OutboundTunnel tunnel;

    /** Opens the record of a connection through a gateway, with the peer or for its failure. */
    private @Nullable Function<DoubleTunnel.@Nullable Peer, ConnectionRecord> opener;

    private boolean ended;

    /** Read by dumps on other threads. */
    private volatile @Nullable HostPort dialled;

    private volatile Protocol protocol = Protocol.TCP;

    /** As the configuration dump names them. */
    enum Protocol {
        TCP,
        HBONE,
        DOUBLEHBONE
    }

    OutboundConnection(OutboundProxy proxy, PodContext pod, CapturedSockets.Captured captured) {
        this.proxy = proxy;
        this.pod = pod;
        this.app = captured.socket();
        this.source = captured.source();
        this.target = captured.destination();
        this.loop = pod.home();
    }

    /** From any thread. */
    ConnectionSummary summary() {
        HostPort actual = dialled;
        return new ConnectionSummary(
                source.toString(),
                target.toString(),
                actual == null ? "" : actual.toString(),
                protocol.name());
    }

    void start() {
        pod.services().records().socketOpened(Reporter.SOURCE);
        ConnectionError refused = pod.live().add(this);
        if (refused != null) {
            fail(refused);
            return;
        }
        Workload own = pod.services().mesh().view().localWorkload(pod.reference());
        if (own != null) {
            attempt(() -> route(own));
            return;
        }
        // Not registered while it waits: its loop is only known when its route is.
        pod.ownWorkload()
                .whenComplete(
                        (workload, error) ->
                                pod.home()
                                        .execute(
                                                () -> {
                                                    if (error == null) {
                                                        attempt(() -> route(workload));
                                                    } else {
                                                        deny(
                                                                ConnectionErrors.unknownSource(
                                                                        pod.pod()));
                                                    }
                                                }));
    }

    /**
     * Takes the next step, unless the connection was cut while it waited for it. A mistake of ours
     * costs this one connection, and is told in its line.
     */
    private void attempt(Runnable step) {
        if (ended) {
            return;
        }
        try {
            step.run();
        } catch (RuntimeException e) {
            log.error("connection {} -> {} is given up", source, target, e);
            fail(ConnectionError.other("internal error: " + e));
        }
    }

    private void fail(ConnectionError error) {
        if (record == null) {
            deny(error);
        } else {
            end(error);
        }
    }

    private void route(Workload own) {
        pod.services()
                .decisions()
                .decide(
                        pod.home(),
                        view ->
                                pod.services()
                                        .router()
                                        .route(view, own, source.ip(), target, Trace.NONE),
                        route -> attempt(() -> follow(own, route)),
                        error -> deny(ConnectionErrors.of(error)));
    }

    private void follow(Workload own, Route route) {
        switch (route) {
            case Route.Passthrough(HostPort destination) -> {
                record = pod.services().records().passthrough(source, own, destination, started);
                register(() -> dialPlain(destination));
            }
            case Route.DirectTcp direct ->
                    resolve(
                            own,
                            direct.hop(),
                            direct.workload(),
                            destination -> {
                                record =
                                        pod.services()
                                                .records()
                                                .directTcp(
                                                        source, own, direct, destination, started);
                                register(() -> dialPlain(destination));
                            });
            case Route.Hbone hbone ->
                    resolve(
                            own,
                            hbone.hop(),
                            hbone.workload(),
                            destination -> dialTunnel(own, hbone, destination));
            case Route.DoubleHbone gateway ->
                    resolve(
                            own,
                            gateway.gateway(),
                            gateway.gatewayWorkload(),
                            destination -> dialGateway(own, gateway, destination));
            case Route.Refused refused -> deny(ConnectionErrors.ofRefused(refused));
        }
    }

    /** Runs {@code next} with the address to dial, after DNS where only a name is known. */
    private void resolve(Workload own, Route.Hop hop, Workload workload, Consumer<HostPort> next) {
        switch (hop) {
            case Route.Hop.Address(HostPort address) -> next.accept(address);
            case Route.Hop.Hostname(String hostname, int port, IpAddress like) -> {
                pod.services().records().onDemandDns(own, hostname);
                pod.services()
                        .hostnames()
                        .resolve(hostname, like, loop)
                        .addListener(
                                (Future<IpAddress> answer) -> {
                                    if (answer.isSuccess()) {
                                        HostPort address = new HostPort(answer.getNow(), port);
                                        attempt(() -> next.accept(address));
                                    } else {
                                        deny(ConnectionError.noResolvedAddresses(workload.uid()));
                                    }
                                });
            }
        }
    }

    /** Registers the socket with its loop and runs {@code next} there. */
    private void register(Runnable next) {
        loop.register(app)
                .addListener(
                        registered -> {
                            if (registered.isSuccess()) {
                                client = new ChannelEnd(app);
                                attempt(next);
                            } else {
                                fail(ConnectionErrors.io(registered.cause()));
                            }
                        });
    }

    private void dialPlain(HostPort destination) {
        dialled = destination;
        proxy.opened(this);
        proxy.connector()
                .connect(loop, destination, null)
                .addListener(
                        (Future<EpollSocketChannel> connected) -> {
                            if (connected.isSuccess()) {
                                relay(new ChannelEnd(connected.getNow()));
                            } else {
                                end(ConnectionErrors.io(connected.cause()));
                            }
                        });
    }

    private void dialTunnel(Workload own, Route.Hbone route, HostPort destination) {
        Identity identity = pod.identity(own);
        HostPort authority =
                new HostPort(
                        route.authority().ip() == null ? destination.ip() : route.authority().ip(),
                        route.authority().port());
        record =
                pod.services()
                        .records()
                        .tunnelled(source, own, identity, route, destination, authority, started);
        dialled = destination;
        protocol = Protocol.HBONE;
        proxy.opened(this);
        TunnelRequest request =
                TunnelRequest.of(
                        own,
                        identity,
                        source,
                        destination,
                        route.identities(),
                        authority.toString(),
                        route.service());
        try {
            Lease acquired = proxy.tunnels().acquire(request.key());
            lease = acquired;
            loop = acquired.eventLoop();
            register(() -> awaitTunnel(acquired, request.connect()));
        } catch (HboneException e) {
            end(ConnectionErrors.of(e));
        }
    }

    /** What the destination is called is known only when its ztunnel has answered. */
    private void dialGateway(Workload own, Route.DoubleHbone route, HostPort destination) {
        if (ended) {
            return;
        }
        Identity identity = pod.identity(own);
        opener =
                peer ->
                        pod.services()
                                .records()
                                .throughGateway(
                                        source, own, identity, route, destination, peer, started);
        dialled = destination;
        protocol = Protocol.DOUBLEHBONE;
        proxy.opened(this);
        if (route.innerIdentities().isEmpty()) {
            openRecord(null);
            end(ConnectionErrors.unverifiable(route));
            return;
        }
        TunnelRequest request =
                TunnelRequest.of(
                        own,
                        identity,
                        source,
                        destination,
                        route.gatewayIdentities(),
                        route.authority(),
                        route.service());
        try {
            Lease acquired = proxy.tunnels().acquire(request.key());
            loop = acquired.eventLoop();
            DoubleTunnel through =
                    new DoubleTunnel(
                            pod, acquired, identity, route.innerIdentities(), request.connect());
            doubleTunnel = through;
            register(
                    () ->
                            through.open()
                                    .addListener(
                                            (Future<DoubleTunnel.Peer> up) -> onDoubleTunnel(up)));
        } catch (HboneException e) {
            openRecord(null);
            end(ConnectionErrors.of(e));
        }
    }

    private void onDoubleTunnel(Future<DoubleTunnel.Peer> opened) {
        if (ended) {
            return;
        }
        if (opened.isSuccess()) {
            openRecord(opened.getNow());
            relay(opened.getNow().end());
            // The lists may have changed since the handshake looked at them.
            recheckInner();
        } else {
            openRecord(null);
            end(ConnectionErrors.of(opened.cause()));
        }
    }

    /** No-op but for connections through a gateway whose record is not open yet. */
    private void openRecord(DoubleTunnel.@Nullable Peer peer) {
        if (record == null && opener != null && !ended) {
            record = opener.apply(peer);
        }
    }

    private void awaitTunnel(Lease acquired, ConnectRequest request) {
        acquired.tunnel()
                .addListener(
                        (Future<OutboundTunnel> tunnel) -> {
                            if (!tunnel.isSuccess()) {
                                end(ConnectionErrors.of(tunnel.cause()));
                            } else if (!ended) {
                                openStream(tunnel.getNow(), request);
                            }
                        });
    }

    private void openStream(OutboundTunnel up, ConnectRequest request) {
        tunnel = up;
        StreamEnd end = new StreamEnd();
        up.connect(request, end)
                .addListener(
                        (Future<HboneStream> stream) -> {
                            if (stream.isSuccess()) {
                                end.opened(stream.getNow());
                                relay(end);
                            } else {
                                end(ConnectionErrors.of(stream.cause()));
                            }
                        });
    }

    private void relay(RelayEnd server) {
        if (ended) {
            server.abort();
            return;
        }
        ConnectionRecord opened = Objects.requireNonNull(record, "dialled without a record");
        ChannelEnd from = Objects.requireNonNull(client, "dialled without a socket");
        relay = pod.relay(from, server, new RecordObserver(loop, opened, this::end));
    }

    /** There is no route: one warning line, no traffic metrics. */
    private void deny(ConnectionError error) {
        if (!ended) {
            pod.services().records().denied(Reporter.SOURCE, source, target, error);
            end(error);
        }
    }

    private void end(@Nullable ConnectionError error) {
        if (ended) {
            return;
        }
        ended = true;
        if (relay == null) {
            closeApp();
        }
        if (lease != null) {
            lease.release();
        }
        if (doubleTunnel != null) {
            doubleTunnel.close();
        }
        if (record != null) {
            record.complete(error);
        }
        pod.services().records().socketClosed(Reporter.SOURCE);
        proxy.closed(this);
        pod.live().remove(this);
    }

    private void closeApp() {
        if (app.isRegistered()) {
            app.close();
        } else {
            app.unsafe().closeForcibly();
        }
    }

    /** The tunnel is about to be cut for its certificate. On the tunnel's loop. */
    void cutIfOn(OutboundTunnel revoked) {
        if (!loop.equals(revoked.eventLoop())) {
            return;
        }
        boolean through = doubleTunnel != null && doubleTunnel.isOn(revoked);
        if (through || revoked.equals(tunnel)) {
            cut(new CutException(ConnectionError.certificateRevoked()));
        }
    }

    /** Of the tunnel within a tunnel; the others are the pool's. */
    @Override
    public void recheckCertificates() {
        wherePlaced(this::recheckInner);
    }

    private void recheckInner() {
        OutboundTunnel inner = doubleTunnel == null ? null : doubleTunnel.inner();
        if (!ended && inner != null && proxy.isRevoked(inner)) {
            cut(new CutException(ConnectionError.certificateRevoked()));
        }
    }

    @Override
    public void abort(Throwable cause) {
        wherePlaced(() -> cut(cause));
    }

    /** By way of the home loop, which alone places: the loop cannot change under our feet. */
    private void wherePlaced(Runnable action) {
        pod.home()
                .execute(
                        () -> {
                            if (loop.inEventLoop()) {
                                action.run();
                            } else {
                                loop.execute(action);
                            }
                        });
    }

    private void cut(Throwable cause) {
        openRecord(null);
        if (relay != null) {
            relay.abort(cause);
        } else if (record != null) {
            end(ConnectionErrors.of(cause));
        } else {
            deny(ConnectionErrors.of(cause));
        }
    }
}
