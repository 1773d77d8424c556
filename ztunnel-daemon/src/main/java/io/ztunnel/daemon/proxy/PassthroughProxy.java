package io.ztunnel.daemon.proxy;

import static java.util.Objects.requireNonNull;

import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plain text that reaches the pod, captured on 15006: let through if policies allow a client
 * without an identity. Everything of one pod's plain connections happens on its home loop.
 */
final class PassthroughProxy {
    private static final Logger log = LoggerFactory.getLogger(PassthroughProxy.class);

    private final PodContext pod;
    private final InboundTracker tracker;
    private final boolean keepSource;

    /**
     * @param keepSource whether applications see the client's address
     */
    PassthroughProxy(PodContext pod, InboundTracker tracker, boolean keepSource) {
        this.pod = pod;
        this.tracker = tracker;
        this.keepSource = keepSource;
    }

    /** Takes a captured connection, not registered yet. Called on the home loop. */
    void accept(EpollSocketChannel socket) {
        CapturedSockets.Captured captured = pod.services().captured().capture(socket);
        if (captured == null) {
            return;
        }
        Arrival arrival = new Arrival(captured);
        Acceptor.register(pod.home(), socket, arrival::start);
    }

    /** A connection until it is known whose it is; then an {@link InboundFlow} takes over. */
    private final class Arrival implements LiveConnection, InboundFlow.Client {
        private final EpollSocketChannel socket;
        private final HostPort source;
        private final HostPort destination;
        private final long started = System.nanoTime();

        /**
         * Once the socket is registered: the client may reset it while the application is dialled.
         */
        private @Nullable ChannelEnd end;

        Arrival(CapturedSockets.Captured captured) {
            this.socket = captured.socket();
            this.source = captured.source();
            this.destination = captured.destination();
        }

        void start() {
            end = new ChannelEnd(socket);
            Records records = pod.services().records();
            records.socketOpened(Reporter.DESTINATION);
            socket.closeFuture().addListener(closed -> records.socketClosed(Reporter.DESTINATION));
            if (pod.services().ownPorts().contains(destination.port())) {
                refuse(ConnectionError.selfCall());
                return;
            }
            ConnectionError refused = pod.live().add(this);
            if (refused != null) {
                refuse(refused);
                return;
            }
            pod.ownWorkload()
                    .whenComplete(
                            (own, error) ->
                                    pod.home()
                                            .execute(
                                                    () ->
                                                            pod.learn(
                                                                    pod.home(),
                                                                    source.ip(),
                                                                    () -> serve(own))));
        }

        /** The flow that takes over does. */
        @Override
        public boolean counts() {
            return false;
        }

        private void serve(@Nullable Workload own) {
            try {
                if (!socket.isOpen()) {
                    return;
                }
                if (own == null) {
                    refuse(ConnectionErrors.unknownSource(pod.pod()));
                } else {
                    flow(own).start(own, destination, keepSource ? source.ip() : null);
                }
            } catch (RuntimeException e) {
                log.error("connection {} -> {} is given up", source, destination, e);
                refuse(ConnectionError.other("internal error: " + e));
            } finally {
                pod.live().remove(this);
            }
        }

        private InboundFlow flow(Workload own) {
            ConnectionRecord record =
                    pod.services()
                            .records()
                            .plainInbound(
                                    pod.services().mesh().view(),
                                    own,
                                    source,
                                    destination,
                                    started);
            return new InboundFlow(
                    pod,
                    tracker,
                    pod.home(),
                    this,
                    new PolicyInput(source, null, destination),
                    record,
                    null);
        }

        private void refuse(ConnectionError error) {
            pod.services().records().denied(Reporter.DESTINATION, source, destination, error);
            socket.close();
        }

        @Override
        public void abort(Throwable cause) {
            pod.home()
                    .execute(
                            () -> {
                                if (socket.isOpen()) {
                                    refuse(ConnectionErrors.of(cause));
                                }
                            });
        }

        @Override
        public void deny() {
            socket.close();
        }

        @Override
        public void fail() {
            socket.close();
        }

        @Override
        public RelayEnd accept() {
            return requireNonNull(end, "not started");
        }

        @Override
        public void cut() {
            socket.close();
        }
    }
}
