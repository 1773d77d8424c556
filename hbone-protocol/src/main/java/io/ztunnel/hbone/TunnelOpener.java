package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/** How a {@link TunnelPool} opens a tunnel. */
@FunctionalInterface
public interface TunnelOpener {
    /**
     * Called on {@code loop}, which the tunnel is to live on. Must complete within a time of its
     * own: the pool waits for as long as this takes.
     *
     * @return the tunnel after its handshake, or {@link HboneException}; completed on {@code loop}
     */
    Future<OutboundTunnel> open(TunnelKey key, EventLoop loop);
}
