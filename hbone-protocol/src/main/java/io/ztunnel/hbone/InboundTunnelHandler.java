package io.ztunnel.hbone;

/** Receives what happens on accepted tunnels, on the event loop of each tunnel's channel. */
public interface InboundTunnelHandler {
    /** The handshake succeeded and the peer was verified. */
    void onTunnel(InboundTunnel tunnel);

    /**
     * The handshake failed; the channel is being closed. {@code cause} says why, in one line that
     * may be logged.
     */
    void onHandshakeFailed(HboneException cause);

    /** A method other than CONNECT was already answered with 400. */
    void onBadRequest(InboundTunnel tunnel, String method);

    /** The receiver answers with accept or refuse, now or later on the event loop. */
    void onConnect(InboundStream stream);
}
