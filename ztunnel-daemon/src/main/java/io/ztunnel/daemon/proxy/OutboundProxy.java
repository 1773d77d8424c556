package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.hbone.HboneClient;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.OutboundTunnel;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.hbone.TunnelKey;
import io.ztunnel.hbone.TunnelLimits;
import io.ztunnel.hbone.TunnelPool;
import io.ztunnel.store.Identity;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the pod sends: captured on 15001, routed, and carried plainly or through a tunnel. Accepting
 * and routing happen on the pod's home loop; the connection then lives where its tunnel does.
 */
final class OutboundProxy {
    private static final Logger log = LoggerFactory.getLogger(OutboundProxy.class);

    private final PodContext pod;
    private final AppConnector connector;
    private final TunnelPool tunnels;
    private final Set<OutboundConnection> open = ConcurrentHashMap.newKeySet();

    OutboundProxy(PodContext pod) {
        this.pod = pod;
        this.connector = new AppConnector(pod.network());
        this.tunnels =
                new TunnelPool(
                        pod.services().config().hbone(),
                        TunnelLimits.DEFAULTS,
                        pod.home(),
                        loops(pod.services().workers()),
                        this::openTunnel);
    }

    private static List<EventLoop> loops(EventLoopGroup group) {
        List<EventLoop> loops = new ArrayList<>();
        group.forEach(executor -> loops.add((EventLoop) executor));
        return loops;
    }

    /** Takes a captured connection, not registered yet. Called on the home loop. */
    void accept(EpollSocketChannel app) {
        CapturedSockets.Captured captured = pod.services().captured().capture(app);
        if (captured != null) {
            new OutboundConnection(this, pod, captured).start();
        }
    }

    AppConnector connector() {
        return connector;
    }

    TunnelPool tunnels() {
        return tunnels;
    }

    /** For the configuration dump; entries are there from the route to the end. */
    Collection<OutboundConnection> open() {
        return open;
    }

    void opened(OutboundConnection connection) {
        open.add(connection);
    }

    void closed(OutboundConnection connection) {
        open.remove(connection);
    }

    /**
     * Closes the tunnels when no connection uses them any more, each with a GOAWAY.
     *
     * @return completes on the home loop
     */
    Future<Void> close() {
        tunnels.drain();
        return tunnels.close();
    }

    private Future<OutboundTunnel> openTunnel(TunnelKey key, EventLoop loop) {
        Promise<OutboundTunnel> result = loop.newPromise();
        Identity source = Identity.parse(key.source());
        if (source == null) {
            return result.setFailure(new IllegalArgumentException("no identity: " + key.source()));
        }
        pod.services()
                .tls()
                .client(source, key.identities())
                .whenComplete(
                        (context, error) ->
                                loop.execute(
                                        () -> {
                                            if (error == null) {
                                                dial(key, loop, context, result);
                                            } else {
                                                result.setFailure(noCertificate(error));
                                            }
                                        }));
        return result;
    }

    private void dial(
            TunnelKey key, EventLoop loop, TlsContext context, Promise<OutboundTunnel> result) {
        InetAddress destination = key.destination().getAddress();
        ConnectionError refused = pod.limits().outboundHandshake();
        if (refused != null) {
            result.setFailure(new CutException(refused));
            return;
        }
        try {
            HboneClient.connect(
                            key,
                            pod.network().newClient(destination instanceof Inet6Address),
                            loop,
                            context,
                            pod.services().config().hbone(),
                            pod.limits().bytes(),
                            pod.services().handshakes())
                    .addListener(
                            (Future<OutboundTunnel> tunnel) -> {
                                if (tunnel.isSuccess()) {
                                    pod.services().records().handshake(Reporter.SOURCE, true);
                                    hand(tunnel.getNow(), result);
                                } else {
                                    countFailedHandshake(tunnel.cause());
                                    result.setFailure(tunnel.cause());
                                }
                            });
        } catch (IOException e) {
            result.setFailure(HboneException.of(HboneException.Code.CONNECT, "no socket: " + e, e));
        }
    }

    /** The lists may have changed since the handshake looked at them. */
    private void hand(OutboundTunnel tunnel, Promise<OutboundTunnel> result) {
        if (isRevoked(tunnel)) {
            tunnel.close();
            result.setFailure(new CutException(ConnectionError.certificateRevoked()));
        } else {
            result.setSuccess(tunnel);
        }
    }

    /** Counts and tells, when the peer's certificate is revoked now. */
    boolean isRevoked(OutboundTunnel tunnel) {
        String why = pod.services().revocations().revoked(tunnel.peerPath());
        if (why == null) {
            return false;
        }
        log.info(
                "the tunnel to {} is cut, its certificate is revoked: {}",
                tunnel.peerIdentities(),
                why);
        pod.services().records().revoked(Reporter.SOURCE);
        return true;
    }

    /** Certificates may have been revoked. From any thread. */
    void recheckCertificates() {
        tunnels.forEach(
                tunnel -> {
                    if (isRevoked(tunnel)) {
                        // First those who use it, so that they end for this reason.
                        for (OutboundConnection connection : open) {
                            connection.cutIfOn(tunnel);
                        }
                        tunnel.close();
                    }
                });
    }

    private void countFailedHandshake(Throwable cause) {
        if (cause instanceof HboneException hbone && hbone.code() == HboneException.Code.TLS) {
            pod.services().records().handshake(Reporter.SOURCE, false);
        }
    }

    static HboneException noCertificate(Throwable error) {
        Throwable cause =
                error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause instanceof HboneException hbone
                ? hbone
                : HboneException.of(
                        HboneException.Code.CERTIFICATE, String.valueOf(cause.getMessage()), cause);
    }
}
