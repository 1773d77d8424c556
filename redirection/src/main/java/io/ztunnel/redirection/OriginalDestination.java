package io.ztunnel.redirection;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a connection wanted to go before REDIRECT brought it to us. The local address does not say:
 * it is 127.0.0.1 or ::1 for what the pod sends.
 */
public final class OriginalDestination {
    private static final short AF_INET = 2;
    private static final short AF_INET6 = 10;

    private static final WarningLimiter UNTRACKED =
            new WarningLimiter(LoggerFactory.getLogger(OriginalDestination.class));

    private OriginalDestination() {}

    /**
     * Asks conntrack; a connection it does not know was not redirected and went to the local
     * address. May be called on any thread, best before the first read.
     *
     * @return an IPv4 address also where IPv6 maps one
     * @throws IllegalStateException when the peer has reset the connection already
     */
    public static InetSocketAddress of(EpollSocketChannel accepted) {
        InetSocketAddress local = accepted.localAddress();
        // A failed lookup costs an exception, and conntrack knows a connection by one family only.
        boolean ipv6 = local != null && local.getAddress() instanceof Inet6Address;
        var first = ipv6 ? SocketOptions.IP6T_SO_ORIGINAL_DST : SocketOptions.SO_ORIGINAL_DST;
        var second = ipv6 ? SocketOptions.SO_ORIGINAL_DST : SocketOptions.IP6T_SO_ORIGINAL_DST;
        InetSocketAddress found = lookUp(accepted, first);
        if (found == null) {
            found = lookUp(accepted, second);
        }
        if (found != null) {
            return found;
        }
        if (local == null) {
            throw new IllegalStateException("the connection has ended");
        }
        if (!isTransparent(accepted)) {
            UNTRACKED.warn(
                    "conntrack does not know where the connection to {} was meant to go", local);
        }
        return local;
    }

    /** Of a transparent listener the local address is the one that was meant. */
    private static boolean isTransparent(EpollSocketChannel accepted) {
        return accepted.parent() instanceof EpollServerSocketChannel listener
                && listener.config().isIpTransparent();
    }

    private static @Nullable InetSocketAddress lookUp(
            EpollSocketChannel accepted, RawUnixChannelOption option) {
        try {
            return parse(accepted.config().getOption(option));
        } catch (ChannelException notTracked) {
            return null;
        }
    }

    /** A sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes); null for another family. */
    static @Nullable InetSocketAddress parse(ByteBuffer address) {
        short family = address.order(ByteOrder.nativeOrder()).getShort(0);
        int port = Short.toUnsignedInt(address.order(ByteOrder.BIG_ENDIAN).getShort(2));
        try {
            if (family == AF_INET) {
                byte[] ip = new byte[4];
                address.get(4, ip);
                return new InetSocketAddress(InetAddress.getByAddress(ip), port);
            }
            if (family == AF_INET6 && address.capacity() >= 28) {
                byte[] ip = new byte[16];
                address.get(8, ip);
                InetAddress plain = InetAddress.getByAddress(ip);
                int scope = address.order(ByteOrder.nativeOrder()).getInt(24);
                return new InetSocketAddress(
                        plain.isLinkLocalAddress() && plain instanceof Inet6Address
                                ? Inet6Address.getByAddress(null, ip, scope)
                                : plain,
                        port);
            }
            return null;
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }
}
