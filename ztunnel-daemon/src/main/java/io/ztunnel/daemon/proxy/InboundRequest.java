package io.ztunnel.daemon.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.InboundStream;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.routing.Baggage;
import io.ztunnel.routing.Forwarded;
import io.ztunnel.routing.InboundDecision;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;

/**
 * One CONNECT: validated, then handed on as an {@link InboundFlow}. Confined to the tunnel's loop.
 */
final class InboundRequest {
    private static final Logger log = LoggerFactory.getLogger(InboundRequest.class);
    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;

    private final PodContext pod;
    private final InboundTracker tracker;
    private final InboundStream stream;
    private final EventLoop loop;
    private final HostPort source;
    private final HostPort socket;
    private final boolean keepSource;
    private final long started = System.nanoTime();

    /**
     * @param source the peer of the tunnel's connection
     * @param socket our address on it
     */
    InboundRequest(
            PodContext pod,
            InboundTracker tracker,
            InboundStream stream,
            EventLoop loop,
            HostPort source,
            HostPort socket,
            boolean keepSource) {
        this.pod = pod;
        this.tracker = tracker;
        this.stream = stream;
        this.loop = loop;
        this.source = source;
        this.socket = socket;
        this.keepSource = keepSource;
    }

    void start() {
        pod.ownWorkload()
                .whenComplete(
                        (own, error) -> {
                            if (loop.inEventLoop()) {
                                answer(own);
                            } else {
                                loop.execute(() -> answer(own));
                            }
                        });
    }

    /** A mistake of ours costs this one stream, not the tunnel and its other streams. */
    private void answer(@Nullable Workload own) {
        try {
            decide(own);
        } catch (RuntimeException e) {
            giveUp(e);
        }
    }

    private void giveUp(RuntimeException e) {
        log.error("the stream of {} is given up", source, e);
        refuse(UNAVAILABLE, ConnectionError.other("internal error: " + e));
    }

    private void decide(@Nullable Workload own) {
        if (own == null) {
            refuse(UNAVAILABLE, ConnectionErrors.unknownSource(pod.pod()));
            return;
        }
        pod.services()
                .decisions()
                .decide(
                        loop,
                        view ->
                                pod.services()
                                        .inboundRouter()
                                        .decide(
                                                view,
                                                own,
                                                socket,
                                                stream.request().authority(),
                                                Trace.NONE),
                        decision -> follow(own, decision),
                        error -> refuse(UNAVAILABLE, ConnectionErrors.of(error)));
    }

    private void follow(Workload own, InboundDecision decision) {
        switch (decision) {
            case InboundDecision.Rejected rejected ->
                    refuse(rejected.status(), ConnectionErrors.ofRejected(rejected));
            case InboundDecision.Accepted accepted ->
                    pod.learn(loop, source.ip(), () -> serve(own, accepted));
        }
    }

    private void serve(Workload own, InboundDecision.Accepted accepted) {
        try {
            accept(own, accepted);
        } catch (RuntimeException e) {
            giveUp(e);
        }
    }

    private void refuse(int status, ConnectionError error) {
        pod.services().records().denied(Reporter.DESTINATION, source, socket, error);
        stream.refuse(status);
    }

    private void accept(Workload own, InboundDecision.Accepted accepted) {
        ConnectRequest request = stream.request();
        Identity peer = peerIdentity(stream.tunnel().peerIdentities());
        String claimed = Forwarded.host(request.forwarded());
        ConnectionRecord record =
                pod.services()
                        .records()
                        .tunnelledInbound(
                                pod.services().mesh().view(),
                                own,
                                source,
                                socket,
                                peer,
                                request,
                                accepted,
                                claimed,
                                started);
        boolean fromClient = keepSource && !accepted.loopback();
        new InboundFlow(
                        pod,
                        tracker,
                        loop,
                        new TunnelClient(own, accepted, peer),
                        new PolicyInput(source, peer, accepted.policyDestination()),
                        record,
                        claimed)
                .start(own, accepted.application(), fromClient ? source.ip() : null);
    }

    /** The first that can be read, as the reference ztunnel takes it. */
    private static @Nullable Identity peerIdentity(List<String> uris) {
        for (String uri : uris) {
            Identity identity = Identity.parse(uri);
            if (identity != null) {
                return identity;
            }
        }
        return null;
    }

    private final class TunnelClient implements InboundFlow.Client {
        private final Workload own;
        private final InboundDecision.Accepted accepted;
        private final @Nullable Identity peer;

        TunnelClient(Workload own, InboundDecision.Accepted accepted, @Nullable Identity peer) {
            this.own = own;
            this.accepted = accepted;
            this.peer = peer;
        }

        @Override
        public void deny() {
            stream.refuse(UNAUTHORIZED);
        }

        @Override
        public void fail() {
            stream.refuse(UNAVAILABLE);
        }

        @Override
        public RelayEnd accept() {
            stream.accept(
                    pod.services().config().behaviour().responseBaggage()
                            ? Baggage.of(own).header()
                            : null);
            return new StreamEnd(stream);
        }

        @Override
        public @Nullable ByteBuf preamble() {
            HostPort proxied = accepted.proxied();
            return proxied == null
                    ? null
                    : ProxyProtocolHeader.encode(
                            ByteBufAllocator.DEFAULT,
                            source,
                            proxied,
                            peer == null ? null : peer.toString());
        }

        @Override
        public InboundTunnel tunnel() {
            return stream.tunnel();
        }

        @Override
        public void cut() {
            stream.refuse(UNAVAILABLE);
        }
    }
}
