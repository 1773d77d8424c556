package io.ztunnel.redirection;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;

import java.io.IOException;

/**
 * Makes sockets inside one network namespace: a pod's, or ztunnel's own. May be called from any
 * platform thread, event loops included. Spec 05 §5.3, §5.4.
 */
public interface PodNetwork extends AutoCloseable {
    /**
     * A listener channel with mark, SO_REUSEPORT and IP_TRANSPARENT as configured, not yet bound
     * and not registered.
     */
    EpollServerSocketChannel newListener() throws IOException;

    /** Whether {@link #newListener} could set IP_TRANSPARENT on that channel. */
    boolean isTransparent(EpollServerSocketChannel listener);

    /**
     * A client channel with mark, TCP_NODELAY and keepalive, not yet connected and not registered.
     *
     * @param ipv6 the family of the socket
     */
    EpollSocketChannel newClient(boolean ipv6) throws IOException;

    /** The netns cookie (SO_NETNS_COOKIE) of sockets made here, for assertions and dumps. */
    long cookie();

    /** Gives up the namespace; sockets that exist go on. Idempotent. */
    @Override
    void close();
}
