package io.ztunnel.hbone;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

import java.util.concurrent.Executor;

/** Accepts tunnels. */
public final class HboneServer {
    private HboneServer() {}

    /**
     * Takes over an accepted connection: TLS, then HTTP/2. May be called from any thread, on a
     * channel that is registered and has not been read from: whoever has to fetch a certificate
     * first keeps auto-read off until now. The channel may be of any kind that carries bytes.
     *
     * @param tls of {@link HboneTls#server}; may be closed as soon as this returns on the channel's
     *     event loop
     * @param budget of the pod that is served
     * @param handshakeTasks runs the costly parts of handshakes; bounded, and shared by all tunnels
     * @param handler hears of the tunnel or of the failure on the channel's event loop
     */
    public static void start(
            Channel child,
            TlsContext tls,
            HboneSettings settings,
            ByteBudget budget,
            Executor handshakeTasks,
            InboundTunnelHandler handler) {
        if (!child.eventLoop().inEventLoop()) {
            child.eventLoop()
                    .execute(() -> start(child, tls, settings, budget, handshakeTasks, handler));
            return;
        }
        HandshakeGate.install(
                child,
                tls,
                settings,
                handshakeTasks,
                new HandshakeGate.Outcome() {
                    @Override
                    public ChannelHandler onPeer(VerifiedPeer peer) {
                        return new ServerTunnel(settings, peer, handler, budget);
                    }

                    @Override
                    public void onFailure(HboneException cause) {
                        handler.onHandshakeFailed(cause);
                    }
                });
    }
}
