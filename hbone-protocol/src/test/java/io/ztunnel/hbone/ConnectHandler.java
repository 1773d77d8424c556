package io.ztunnel.hbone;

/** Cares for the streams that a peer opens, and for nothing else unless it says so. */
interface ConnectHandler extends InboundTunnelHandler {
    @Override
    default void onTunnel(InboundTunnel tunnel) {}

    @Override
    default void onHandshakeFailed(HboneException cause) {}

    @Override
    default void onBadRequest(InboundTunnel tunnel, String why) {}
}
