package io.ztunnel.redirection;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.epoll.EpollSocketChannel;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Connects to an application from the address of its real client, which the pod does not have. What
 * cannot be done costs the application the client's address, never the connection.
 */
public final class SourceBinding {
    private static final WarningLimiter UNSPOOFED =
            new WarningLimiter(LoggerFactory.getLogger(SourceBinding.class));
    private static final Logger LOG = LoggerFactory.getLogger(SourceBinding.class);

    private SourceBinding() {}

    /**
     * The family to ask {@link PodNetwork#newClient} for: that of the destination, which is also
     * the source's wherever a connection between the two is possible.
     */
    public static boolean isIpv6(InetSocketAddress destination) {
        return destination.getAddress() instanceof Inet6Address;
    }

    /**
     * Connects, from {@code source} if one is given. The source is not used when it is the
     * destination itself (the kernel picks it anyway, and a pod that calls itself must stay on its
     * loopback path) or of the other family.
     *
     * @param channel registered, not connected; of the family of {@link #isIpv6}
     * @param destination resolved
     * @return the connect; it fails after the channel's connect timeout at the latest
     */
    public static ChannelFuture connect(
            EpollSocketChannel channel,
            InetSocketAddress destination,
            @Nullable InetAddress source) {
        if (source != null
                && isUsable(source, destination.getAddress())
                && allow(channel, source)) {
            channel.bind(new InetSocketAddress(source, 0))
                    .addListener(
                            bound -> {
                                if (!bound.isSuccess()) {
                                    UNSPOOFED.warn("cannot connect from {}", source, bound.cause());
                                }
                            });
        }
        // Both go through the same loop in this order, whether the bind succeeds or not.
        return channel.connect(destination);
    }

    private static boolean isUsable(InetAddress source, InetAddress destination) {
        if (source.equals(destination)) {
            return false;
        }
        if (source instanceof Inet6Address != destination instanceof Inet6Address) {
            LOG.debug("{} cannot be reached from {}: another family", destination, source);
            return false;
        }
        return true;
    }

    private static boolean allow(EpollSocketChannel channel, InetAddress source) {
        boolean ipv6 = source instanceof Inet6Address;
        try {
            SocketOptions.set(
                    channel,
                    ipv6 ? SocketOptions.IPV6_TRANSPARENT : SocketOptions.IP_TRANSPARENT,
                    1);
            SocketOptions.set(
                    channel, ipv6 ? SocketOptions.IPV6_FREEBIND : SocketOptions.IP_FREEBIND, 1);
            // The port is chosen at connect and need be free for this destination only, else a busy
            // client has no more connections to a pod than there are ports.
            SocketOptions.set(channel, SocketOptions.IP_BIND_ADDRESS_NO_PORT, 1);
            return true;
        } catch (IOException | ChannelException e) {
            UNSPOOFED.warn("cannot connect from {}", source, e);
            return false;
        }
    }
}
