package io.ztunnel.daemon.proxy;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.dns.DnsProxy;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Applications that ask for a connection instead of being captured. The request is read on the
 * pod's home loop; from the answer on the connection is one like any other outbound one.
 */
final class Socks5Proxy {
    /** Of one pod; each holds a socket and waits for its client or for DNS. */
    private static final int MAX_PENDING = 1_024;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PodContext pod;
    private final OutboundProxy outbound;
    private final @Nullable DnsProxy dns;
    private int pending;

    /**
     * @param outbound where connections go, which has tunnels of its own
     * @param dns what names mean to the pod; null where DNS is not captured
     */
    Socks5Proxy(PodContext pod, OutboundProxy outbound, @Nullable DnsProxy dns) {
        this.pod = pod;
        this.outbound = outbound;
        this.dns = dns;
    }

    /** Takes a connection, not registered yet. Called on the home loop. */
    void accept(EpollSocketChannel socket) {
        InetSocketAddress peer = socket.remoteAddress();
        InetSocketAddress here = socket.localAddress();
        if (peer == null || here == null) {
            socket.unsafe().closeForcibly();
            return;
        }
        ChannelEnd.prepare(socket);
        socket.config().setTcpNoDelay(true);
        Arrival arrival = new Arrival(socket, HostPort.of(peer), HostPort.of(here));
        Acceptor.register(pod.home(), socket, arrival::start);
    }

    /** A connection until it is known where it shall go. Confined to the home loop. */
    private final class Arrival implements LiveConnection, Socks5Handshake.Outcome {
        private final EpollSocketChannel socket;
        private final HostPort source;
        private final HostPort listener;
        private final Socks5Handshake handshake;
        private @Nullable Future<?> limit;
        private boolean open;
        private boolean counted;
        private boolean refused;

        Arrival(EpollSocketChannel socket, HostPort source, HostPort listener) {
            this.socket = socket;
            this.source = source;
            this.listener = listener;
            this.handshake = new Socks5Handshake(socket, this);
        }

        void start() {
            pod.services().records().socketOpened(Reporter.SOURCE);
            open = true;
            socket.closeFuture().addListener(closed -> done());
            ConnectionError error = pod.live().add(this);
            if (error != null) {
                refuse(Socks5Handshake.GENERAL_FAILURE, error);
                return;
            }
            counted = true;
            if (++pending > MAX_PENDING) {
                refuse(
                        Socks5Handshake.GENERAL_FAILURE,
                        ConnectionError.other("socks5: " + MAX_PENDING + " requests are pending"));
                return;
            }
            limit =
                    pod.home()
                            .schedule(
                                    () ->
                                            refuse(
                                                    Socks5Handshake.GENERAL_FAILURE,
                                                    ConnectionError.other(
                                                            "socks5: no request in "
                                                                    + PATIENCE.toSeconds()
                                                                    + " s")),
                                    PATIENCE.toSeconds(),
                                    TimeUnit.SECONDS);
            handshake.begin();
        }

        /** The outbound connection that comes of it does. */
        @Override
        public boolean counts() {
            return false;
        }

        private void done() {
            if (open) {
                // Whoever carries the connection counts it from here on.
                open = false;
                pod.services().records().socketClosed(Reporter.SOURCE);
            }
            if (counted) {
                counted = false;
                pending--;
            }
            if (limit != null) {
                limit.cancel(false);
                limit = null;
            }
            pod.live().remove(this);
        }

        @Override
        public void onViolation(String why) {
            refuse(Socks5Handshake.COMMAND_NOT_SUPPORTED, ConnectionError.other("socks5: " + why));
        }

        @Override
        public void onTarget(Socks5Handshake.Target target) {
            switch (target) {
                case Socks5Handshake.Target.Address(HostPort address) -> succeed(address);
                case Socks5Handshake.Target.Name(String hostname, int port) ->
                        pod.services()
                                .decisions()
                                .learn(
                                        pod.home(),
                                        view -> serviceAddress(view, hostname),
                                        () -> resolve(hostname, port));
            }
        }

        private @Nullable IpAddress serviceAddress(MeshView view, String hostname) {
            return ServiceNames.address(
                    view,
                    pod.services().config().mesh(),
                    pod.pod().namespace(),
                    hostname,
                    source.ip());
        }

        private void resolve(String hostname, int port) {
            if (dns == null) {
                resolveWithoutDns(hostname, port);
                return;
            }
            boolean ipv6 = !source.ip().isV4();
            dns.lookup(
                    hostname,
                    ipv6,
                    found -> first(found, port, () -> resolveOther(dns, hostname, port, !ipv6)));
        }

        private void resolveOther(DnsProxy names, String hostname, int port, boolean ipv6) {
            names.lookup(hostname, ipv6, found -> first(found, port, () -> unknown(hostname)));
        }

        private void first(List<IpAddress> found, int port, Runnable none) {
            if (found.isEmpty()) {
                none.run();
            } else {
                succeed(new HostPort(found.getFirst(), port));
            }
        }

        private void unknown(String hostname) {
            refuse(Socks5Handshake.HOST_UNREACHABLE, ConnectionError.noAddressOf(hostname));
        }

        private void resolveWithoutDns(String hostname, int port) {
            IpAddress vip = serviceAddress(pod.services().mesh().view(), hostname);
            if (vip != null) {
                succeed(new HostPort(vip, port));
                return;
            }
            pod.services()
                    .hostnames()
                    .resolve(hostname, source.ip(), pod.home())
                    .addListener(
                            (Future<IpAddress> answer) -> {
                                if (answer.isSuccess()) {
                                    succeed(new HostPort(answer.getNow(), port));
                                } else {
                                    unknown(hostname);
                                }
                            });
        }

        /** Said before anything is dialled, as the reference does: the client may go on at once. */
        private void succeed(HostPort destination) {
            if (refused || !socket.isOpen()) {
                return;
            }
            socket.writeAndFlush(Socks5Handshake.reply(Socks5Handshake.SUCCEEDED))
                    .addListener(
                            sent -> {
                                if (sent.isSuccess() && !refused) {
                                    handOver(destination);
                                } else {
                                    socket.close();
                                }
                            });
        }

        /** Whoever carries the connection registers its socket where its tunnel lives. */
        private void handOver(HostPort destination) {
            socket.pipeline().remove(handshake);
            ChannelEnd.prepare(socket);
            socket.deregister()
                    .addListener(
                            free -> {
                                done();
                                if (free.isSuccess() && socket.isOpen()) {
                                    new OutboundConnection(
                                                    outbound,
                                                    pod,
                                                    new CapturedSockets.Captured(
                                                            socket, source, destination))
                                            .start();
                                } else {
                                    socket.close();
                                }
                            });
        }

        private void refuse(int code, ConnectionError error) {
            if (refused || !socket.isOpen()) {
                return;
            }
            refused = true;
            pod.services().records().denied(Reporter.SOURCE, source, listener, error);
            socket.writeAndFlush(Socks5Handshake.reply(code))
                    .addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void abort(Throwable cause) {
            pod.home()
                    .execute(
                            () ->
                                    refuse(
                                            Socks5Handshake.GENERAL_FAILURE,
                                            ConnectionErrors.of(cause)));
        }
    }
}
