package io.ztunnel.daemon.proxy;

import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.redirection.OriginalDestination;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Workload;

import java.net.InetSocketAddress;

/**
 * Plain text that reaches the pod, captured on 15006: let through if policies allow a client
 * without an identity. Everything of one pod's plain connections happens on its home loop.
 */
final class PassthroughProxy {
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
        InetSocketAddress peer = socket.remoteAddress();
        if (peer == null) {
            socket.unsafe().closeForcibly();
            return;
        }
        ChannelEnd.prepare(socket);
        HostPort source = HostPort.of(peer);
        HostPort destination = HostPort.of(OriginalDestination.of(socket));
        pod.home()
                .register(socket)
                .addListener(
                        registered -> {
                            if (!registered.isSuccess()) {
                                socket.unsafe().closeForcibly();
                                return;
                            }
                            Records records = pod.services().records();
                            records.socketOpened(Reporter.DESTINATION);
                            socket.closeFuture()
                                    .addListener(
                                            closed -> records.socketClosed(Reporter.DESTINATION));
                            check(socket, source, destination);
                        });
    }

    private void check(EpollSocketChannel socket, HostPort source, HostPort destination) {
        if (pod.services().ownPorts().contains(destination.port())) {
            deny(socket, source, destination, ConnectionError.selfCall());
            return;
        }
        pod.ownWorkload()
                .whenComplete(
                        (own, error) ->
                                pod.home()
                                        .execute(
                                                () -> {
                                                    if (error == null) {
                                                        serve(socket, source, destination, own);
                                                    } else {
                                                        deny(
                                                                socket,
                                                                source,
                                                                destination,
                                                                ConnectionErrors.unknownSource(
                                                                        pod.pod()));
                                                    }
                                                }));
    }

    private void serve(
            EpollSocketChannel socket, HostPort source, HostPort destination, Workload own) {
        ConnectionRecord record =
                pod.services()
                        .records()
                        .plainInbound(
                                pod.services().mesh().view(),
                                own,
                                source,
                                destination,
                                System.nanoTime());
        new InboundFlow(
                        pod,
                        tracker,
                        pod.home(),
                        new PlainClient(socket),
                        new PolicyInput(source, null, destination),
                        record,
                        null)
                .start(own, destination, keepSource ? source.ip() : null);
    }

    private void deny(
            EpollSocketChannel socket,
            HostPort source,
            HostPort destination,
            ConnectionError error) {
        pod.services().records().denied(Reporter.DESTINATION, source, destination, error);
        socket.close();
    }

    private record PlainClient(EpollSocketChannel socket) implements InboundFlow.Client {
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
            return new ChannelEnd(socket);
        }

        @Override
        public void abort() {
            socket.close();
        }
    }
}
