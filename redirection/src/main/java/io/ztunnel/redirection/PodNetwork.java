package io.ztunnel.redirection;

import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;

import java.io.IOException;

/**
 * Makes sockets inside one network namespace: a pod's, or ztunnel's own. May be called from any
 * platform thread, event loops included.
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
     * A listener for loopback addresses (DNS, SOCKS): as {@link #newListener}, but never
     * transparent.
     *
     * @param ipv6 the family of the socket
     */
    default EpollServerSocketChannel newLocalListener(boolean ipv6) throws IOException {
        throw new IOException("no loopback listeners in this network");
    }

    /**
     * A UDP channel with mark and SO_REUSEPORT as configured, not yet bound and not registered; for
     * the DNS listener and for what it asks upstream.
     *
     * @param ipv6 the family of the socket
     */
    default EpollDatagramChannel newDatagram(boolean ipv6) throws IOException {
        throw new IOException("no UDP in this network");
    }

    /** Whether ::1 can be bound: IPv6 is configured, and not disabled on this namespace's lo. */
    default boolean loopbackHasIpv6() throws IOException {
        return false;
    }

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
