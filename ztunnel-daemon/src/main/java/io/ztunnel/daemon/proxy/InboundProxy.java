package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneServer;
import io.ztunnel.hbone.InboundStream;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.InboundTunnelHandler;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tunnels to the pod, accepted on 15008 with the pod's own certificate. Each tunnel lives on a
 * worker loop of its own choice, with all of its streams and the sockets to the application.
 */
final class InboundProxy {
    /** Of one pod; each holds a socket and a few KiB while there is no certificate. */
    private static final int MAX_WAITING = 1024;

    /** For handshakes that have begun when a drain does. */
    private static final int DRAIN_PATIENCE_SECONDS = 1;

    private static final Logger log = LoggerFactory.getLogger(InboundProxy.class);

    private final PodContext pod;
    private final InboundTracker tracker;
    private final boolean keepSource;
    private final AtomicInteger waiting = new AtomicInteger();

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
        socket.config().setTcpNoDelay(true);
        EventLoop loop = pod.services().workers().next();
        Arrival arrival = new Arrival(socket, loop, HostPort.of(peer), HostPort.of(here));
        // Here, before its loop knows it: a drain that begins meanwhile must not miss it.
        ConnectionError refused = pod.live().add(arrival);
        Acceptor.register(
                loop, socket, () -> arrival.start(refused), () -> pod.live().remove(arrival));
    }

    /**
     * One accepted connection: a certificate first, then the handshake, then its streams. Confined
     * to its loop but for what a {@link LiveConnection} offers.
     */
    private final class Arrival implements InboundTunnelHandler, LiveConnection {
        private final EpollSocketChannel socket;
        private final EventLoop loop;
        private final HostPort source;
        private final HostPort destination;
        private final HeldBytes early;
        private @Nullable Future<?> limit;
        private @Nullable InboundTunnel tunnel;
        private boolean counted;
        private boolean denied;
        private boolean leaving;
        private boolean revoked;

        Arrival(EpollSocketChannel socket, EventLoop loop, HostPort source, HostPort destination) {
            this.socket = socket;
            this.loop = loop;
            this.source = source;
            this.destination = destination;
            this.early = HeldBytes.on(socket);
        }

        /**
         * @param tooLate why it must not be, null when it may
         */
        void start(@Nullable ConnectionError tooLate) {
            Records records = pod.services().records();
            records.socketOpened(Reporter.DESTINATION);
            socket.closeFuture()
                    .addListener(
                            closed -> {
                                records.socketClosed(Reporter.DESTINATION);
                                if (counted && !denied) {
                                    records.denied(
                                            Reporter.DESTINATION,
                                            source,
                                            destination,
                                            ConnectionErrors.noCertificate(
                                                    "the client left while it was awaited"));
                                }
                                stopWaiting();
                                pod.live().remove(this);
                            });
            ConnectionError refused = tooLate == null ? pod.limits().inboundHandshake() : tooLate;
            if (refused != null) {
                deny(refused);
                return;
            }
            counted = true;
            if (waiting.incrementAndGet() > MAX_WAITING) {
                deny(ConnectionErrors.noCertificate(MAX_WAITING + " others wait for it already"));
                return;
            }
            Duration patience = pod.services().config().hbone().handshakeTimeout();
            limit =
                    loop.schedule(
                            () ->
                                    deny(
                                            ConnectionErrors.noCertificate(
                                                    "none in " + patience.toSeconds() + " s")),
                            patience.toNanos(),
                            TimeUnit.NANOSECONDS);
            pod.ownWorkload().whenComplete((own, error) -> loop.execute(() -> certify(own)));
        }

        private void certify(@Nullable Workload own) {
            if (own == null) {
                deny(ConnectionErrors.unknownSource(pod.pod()));
                return;
            }
            pod.services()
                    .tls()
                    .server(pod.identity(own))
                    .whenComplete(
                            (context, failure) -> loop.execute(() -> handshake(context, failure)));
        }

        private void handshake(@Nullable TlsContext context, @Nullable Throwable error) {
            if (!socket.isActive()) {
                // Left or was cut while it waited; said already where there was something to say.
                return;
            }
            stopWaiting();
            if (context == null) {
                deny(ConnectionErrors.noCertificate(error));
                return;
            }
            HboneServer.start(
                    socket,
                    context,
                    pod.services().config().hbone(),
                    pod.limits().bytes(),
                    pod.services().handshakes(),
                    this);
            early.release();
        }

        private void stopWaiting() {
            if (counted) {
                counted = false;
                waiting.decrementAndGet();
            }
            if (limit != null) {
                limit.cancel(false);
                limit = null;
            }
        }

        private void deny(ConnectionError error) {
            if (socket.isOpen() && !denied) {
                denied = true;
                pod.services().records().denied(Reporter.DESTINATION, source, destination, error);
                socket.close();
            }
        }

        @Override
        public void onTunnel(InboundTunnel accepted) {
            tunnel = accepted;
            pod.services().records().handshake(Reporter.DESTINATION, true);
            if (leaving) {
                accepted.drain();
            }
            // The lists may have changed since the handshake looked at them.
            cutIfRevoked();
        }

        @Override
        public void recheckCertificates() {
            loop.execute(this::cutIfRevoked);
        }

        private void cutIfRevoked() {
            InboundTunnel open = tunnel;
            if (open == null || revoked) {
                return;
            }
            String why = pod.services().revocations().revoked(open.peerPath());
            if (why == null) {
                return;
            }
            revoked = true;
            log.info("the tunnel of {} is cut, its certificate is revoked: {}", source, why);
            pod.services().records().revoked(Reporter.DESTINATION);
            CutException cause = new CutException(ConnectionError.certificateRevoked());
            for (InboundFlow flow : tracker.flows()) {
                if (flow.isOn(open)) {
                    flow.abort(cause);
                }
            }
            open.close();
        }

        /** The channel is closed by now, or about to be. */
        @Override
        public void onHandshakeFailed(HboneException cause) {
            if (denied) {
                return;
            }
            Records records = pod.services().records();
            records.handshake(Reporter.DESTINATION, false);
            records.denied(
                    Reporter.DESTINATION,
                    source,
                    destination,
                    ConnectionError.tlsHandshake(String.valueOf(cause.getMessage())));
        }

        @Override
        public void onBadRequest(InboundTunnel from, String method) {
            pod.services()
                    .records()
                    .denied(
                            Reporter.DESTINATION,
                            source,
                            destination,
                            ConnectionError.notConnect(method));
        }

        @Override
        public void onConnect(InboundStream stream) {
            new InboundRequest(pod, tracker, stream, loop, source, destination, keepSource).start();
        }

        @Override
        public boolean isTunnel() {
            return true;
        }

        /**
         * A client in the middle of its handshake gets its tunnel, and its first streams with it:
         * it was not refused when it came. One that is not there after a moment will not be.
         */
        @Override
        public void drain() {
            loop.execute(
                    () -> {
                        leaving = true;
                        if (tunnel != null) {
                            tunnel.drain();
                        } else {
                            loop.schedule(this::denyLate, DRAIN_PATIENCE_SECONDS, TimeUnit.SECONDS);
                        }
                    });
        }

        private void denyLate() {
            if (tunnel == null) {
                deny(ConnectionError.drained());
            }
        }

        @Override
        public void abort(Throwable cause) {
            loop.execute(
                    () -> {
                        if (tunnel != null) {
                            tunnel.close();
                        } else {
                            deny(ConnectionErrors.of(cause));
                        }
                    });
        }
    }
}
