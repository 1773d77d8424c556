package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.HboneClient;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneStream;
import io.ztunnel.hbone.Lease;
import io.ztunnel.hbone.OutboundTunnel;
import io.ztunnel.hbone.StreamChannel;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Consumer;

/**
 * The way of one connection into another network: a stream of a pooled tunnel to that network's
 * gateway, and in it a tunnel of the connection's own to the peer that the gateway chooses. The
 * inner one is never shared: its next stream would only ever reach the same peer.
 *
 * <p>Lives on the loop of the lease and counts as a connection of the pod until nothing is left of
 * the outer stream, so that a drain does not cut what is still on its way.
 */
final class DoubleTunnel implements LiveConnection {
    /**
     * A stream to the peer.
     *
     * @param identities SPIFFE URIs that the peer has proven, at least one
     * @param baggage what it says of itself: the values of all baggage lines of its answer
     */
    record Peer(StreamEnd end, List<String> identities, List<String> baggage) {}

    private final PodContext pod;
    private final Lease lease;
    private final EventLoop loop;
    private final Identity own;
    private final List<String> accepted;
    private final ConnectRequest outerRequest;
    private final ConnectRequest innerRequest;
    private final Promise<Peer> result;

    /** The step under way, when giving it up needs a word. */
    private @Nullable Future<?> step;

    private @Nullable StreamChannel carrier;
    private @Nullable OutboundTunnel outer;
    private @Nullable OutboundTunnel inner;
    private boolean closed;
    private boolean aborted;

    /**
     * @param lease of a tunnel to the gateway; given back in the end
     * @param accepted whom the inner tunnel may end at, not empty
     * @param request the outer CONNECT; the inner one differs in telling our network
     */
    DoubleTunnel(
            PodContext pod,
            Lease lease,
            Identity own,
            List<Identity> accepted,
            ConnectRequest request) {
        this.pod = pod;
        this.lease = lease;
        this.loop = lease.eventLoop();
        this.own = own;
        this.accepted = accepted.stream().map(Identity::toString).toList();
        this.outerRequest = request;
        this.innerRequest =
                new ConnectRequest(
                        request.authority(),
                        request.baggage(),
                        request.forwarded(),
                        request.traceparent(),
                        pod.services().config().mesh().network());
        this.result = loop.newPromise();
    }

    /**
     * Dials. Called once, on the lease's loop.
     *
     * @return completed there, with the errors of both tunnels
     */
    Future<Peer> open() {
        if (closed) {
            return result;
        }
        ConnectionError refused = pod.live().add(this);
        if (refused == null) {
            await(lease.tunnel(), this::toGateway);
        } else {
            result.tryFailure(
                    HboneException.of(HboneException.Code.DRAINING, "pod draining", null));
        }
        return result;
    }

    /** The connection that it is made for does. */
    @Override
    public boolean counts() {
        return false;
    }

    /** Whether it goes through that tunnel of the pool. On the lease's loop. */
    boolean isOn(OutboundTunnel tunnel) {
        return tunnel.equals(outer);
    }

    /** The tunnel within, once it is up. On the lease's loop. */
    @Nullable OutboundTunnel inner() {
        return inner;
    }

    private void toGateway(OutboundTunnel gateway) {
        outer = gateway;
        Future<StreamChannel> stream = StreamChannel.open(gateway, outerRequest);
        step = stream;
        await(stream, this::throughGateway);
        stream.addListener(
                (Future<StreamChannel> late) -> {
                    // Too late to be cancelled, and not ours to close as the carrier yet.
                    if (closed && carrier == null && late.isSuccess()) {
                        late.getNow().abort();
                    }
                });
    }

    private void throughGateway(StreamChannel stream) {
        carrier = stream;
        stream.streamEnd().addListener(gone -> release());
        pod.services()
                .tls()
                .client(own, accepted)
                .whenComplete(
                        (context, error) ->
                                loop.execute(
                                        () -> {
                                            if (error != null) {
                                                result.tryFailure(
                                                        OutboundProxy.noCertificate(error));
                                            } else if (!closed) {
                                                handshake(stream, context);
                                            }
                                        }));
    }

    private void handshake(StreamChannel stream, TlsContext context) {
        ConnectionError refused = pod.limits().outboundHandshake();
        if (refused != null) {
            result.tryFailure(new CutException(refused));
            return;
        }
        Future<OutboundTunnel> tunnel =
                HboneClient.start(
                        stream,
                        context,
                        pod.services().config().hbone(),
                        pod.limits().bytes(),
                        pod.services().handshakes());
        step = tunnel;
        await(tunnel, this::toPeer);
    }

    private void toPeer(OutboundTunnel tunnel) {
        inner = tunnel;
        StreamEnd end = new StreamEnd();
        Future<HboneStream> answer = tunnel.connect(innerRequest, end);
        step = answer;
        await(
                answer,
                stream -> {
                    end.opened(stream);
                    result.trySuccess(
                            new Peer(end, tunnel.peerIdentities(), stream.responseBaggage()));
                });
    }

    private <T> void await(Future<T> future, Consumer<T> next) {
        future.addListener(
                (Future<T> done) -> {
                    if (!done.isSuccess()) {
                        result.tryFailure(done.cause());
                    } else if (!closed) {
                        next.accept(done.getNow());
                    }
                });
    }

    /**
     * The connection has ended or is given up: tears down the inner tunnel and with it the outer
     * stream, after what was sent. Idempotent, from any thread.
     */
    void close() {
        if (loop.inEventLoop()) {
            tearDown();
        } else {
            loop.execute(this::tearDown);
        }
    }

    private void tearDown() {
        if (closed) {
            return;
        }
        closed = true;
        result.cancel(false);
        if (step != null) {
            step.cancel(false);
        }
        if (inner != null) {
            inner.close();
        } else if (carrier != null) {
            carrier.close();
        } else {
            release();
        }
        if (aborted) {
            cutCarrier();
        }
    }

    private void release() {
        lease.release();
        pod.live().remove(this);
    }

    @Override
    public void drain() {}

    /** Cuts what lingers. The connection itself hears of the abort and closes this first. */
    @Override
    public boolean isTunnel() {
        return true;
    }

    @Override
    public void abort(Throwable cause) {
        loop.execute(
                () -> {
                    aborted = true;
                    if (closed) {
                        cutCarrier();
                    }
                });
    }

    private void cutCarrier() {
        if (carrier != null) {
            carrier.abort();
        }
    }
}
