package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneServer;
import io.ztunnel.hbone.InboundStream;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.InboundTunnelHandler;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.HostPort;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;

/**
 * Tunnels to the pod, accepted on 15008 with the pod's own certificate. Each tunnel lives on a
 * worker loop of its own choice, with all of its streams and the sockets to the application.
 */
final class InboundProxy {
    private static final Logger log = LoggerFactory.getLogger(InboundProxy.class);

    private final PodContext pod;
    private final InboundTracker tracker;
    private final boolean keepSource;

    /**
     * @param keepSource whether applications see the client's address
     */
    InboundProxy(PodContext pod, InboundTracker tracker, boolean keepSource) {
        this.pod = pod;
        this.tracker = tracker;
        this.keepSource = keepSource;
    }

    /** Takes a connection, not registered yet. Called on the home loop. */
    void accept(EpollSocketChannel socket) {
        InetSocketAddress peer = socket.remoteAddress();
        InetSocketAddress here = socket.localAddress();
        if (peer == null || here == null) {
            socket.unsafe().closeForcibly();
            return;
        }
        socket.config().setAutoRead(false);
        socket.config().setTcpNoDelay(true);
        EventLoop loop = pod.services().workers().next();
        Arrival arrival = new Arrival(socket, loop, HostPort.of(peer), HostPort.of(here));
        loop.register(socket)
                .addListener(
                        registered -> {
                            if (registered.isSuccess()) {
                                arrival.start();
                            } else {
                                socket.unsafe().closeForcibly();
                            }
                        });
    }

    /** One accepted connection: a certificate first, then the handshake, then its streams. */
    private final class Arrival implements InboundTunnelHandler, LiveConnection {
        private final EpollSocketChannel socket;
        private final EventLoop loop;
        private final HostPort source;
        private final HostPort destination;
        private volatile @Nullable InboundTunnel tunnel;

        Arrival(EpollSocketChannel socket, EventLoop loop, HostPort source, HostPort destination) {
            this.socket = socket;
            this.loop = loop;
            this.source = source;
            this.destination = destination;
        }

        void start() {
            Records records = pod.services().records();
            records.socketOpened(Reporter.DESTINATION);
            socket.closeFuture()
                    .addListener(
                            closed -> {
                                records.socketClosed(Reporter.DESTINATION);
                                pod.live().remove(this);
                            });
            if (!pod.live().add(this)) {
                socket.close();
                return;
            }
            pod.ownWorkload()
                    .whenComplete(
                            (own, error) -> {
                                if (error != null) {
                                    deny(ConnectionErrors.unknownSource(pod.pod()));
                                    return;
                                }
                                pod.services()
                                        .tls()
                                        .server(pod.identity(own))
                                        .whenComplete(this::handshake);
                            });
        }

        private void handshake(TlsContext context, Throwable error) {
            if (error != null) {
                deny(ConnectionErrors.noCertificate(error));
                return;
            }
            loop.execute(
                    () ->
                            HboneServer.start(
                                    socket,
                                    context,
                                    pod.services().config().hbone(),
                                    pod.services().handshakes(),
                                    this));
        }

        private void deny(ConnectionError error) {
            pod.services().records().denied(Reporter.DESTINATION, source, destination, error);
            socket.close();
        }

        @Override
        public void onTunnel(InboundTunnel accepted) {
            tunnel = accepted;
        }

        @Override
        public void onHandshakeFailed(HboneException cause) {
            deny(ConnectionError.tlsHandshake(String.valueOf(cause.getMessage())));
        }

        @Override
        public void onBadRequest(InboundTunnel from, String why) {
            pod.services()
                    .records()
                    .denied(
                            Reporter.DESTINATION,
                            source,
                            destination,
                            ConnectionError.notConnect(why));
        }

        @Override
        public void onConnect(InboundStream stream) {
            new InboundRequest(pod, tracker, stream, loop, source, destination, keepSource).start();
        }

        @Override
        public void drain() {
            InboundTunnel accepted = tunnel;
            if (accepted != null) {
                accepted.drain();
            } else {
                socket.close();
            }
        }

        @Override
        public void abort(Throwable cause) {
            log.debug("cutting the tunnel from {}: {}", source, cause.getMessage());
            InboundTunnel accepted = tunnel;
            if (accepted != null) {
                accepted.close();
            } else {
                socket.close();
            }
        }
    }
}
