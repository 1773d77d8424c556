package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;

import java.io.IOException;

/**
 * What the pool needs from outside to open a tunnel. Called on the event loop of the new tunnel.
 */
public interface TunnelConnector {
    /** A new unconnected, unregistered channel, in the right namespace and with its options set. */
    SocketChannel newChannel(TunnelKey key) throws IOException;

    /** The certificate of {@code key.source()}; completes on any thread. */
    Future<TlsIdentity> identity(TunnelKey key, EventLoop loop);
}
