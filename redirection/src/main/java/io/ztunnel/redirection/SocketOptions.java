package io.ztunnel.redirection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteOrder;

/** The socket options of Linux that Netty has no name for, and the ones applied as a group. */
public final class SocketOptions {
    private static final Logger LOG = LoggerFactory.getLogger(SocketOptions.class);

    private static final int SOL_IP = 0;
    private static final int SOL_SOCKET = 1;
    private static final int SOL_IPV6 = 41;

    static final IntegerUnixChannelOption SO_MARK =
            new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, 36);

    /** Netty's own IP_FREEBIND is not known to client sockets. */
    static final IntegerUnixChannelOption IP_FREEBIND =
            new IntegerUnixChannelOption("IP_FREEBIND_INT", SOL_IP, 15);

    static final IntegerUnixChannelOption IP_TRANSPARENT =
            new IntegerUnixChannelOption("IP_TRANSPARENT_INT", SOL_IP, 19);
    static final IntegerUnixChannelOption IP_BIND_ADDRESS_NO_PORT =
            new IntegerUnixChannelOption("IP_BIND_ADDRESS_NO_PORT_INT", SOL_IP, 24);
    static final IntegerUnixChannelOption IPV6_TRANSPARENT =
            new IntegerUnixChannelOption("IPV6_TRANSPARENT", SOL_IPV6, 75);
    static final IntegerUnixChannelOption IPV6_FREEBIND =
            new IntegerUnixChannelOption("IPV6_FREEBIND", SOL_IPV6, 78);
    static final RawUnixChannelOption SO_ORIGINAL_DST =
            new RawUnixChannelOption("SO_ORIGINAL_DST", SOL_IP, 80, 16);
    static final RawUnixChannelOption IP6T_SO_ORIGINAL_DST =
            new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", SOL_IPV6, 80, 28);

    private static final RawUnixChannelOption SO_NETNS_COOKIE =
            new RawUnixChannelOption("SO_NETNS_COOKIE", SOL_SOCKET, 71, Long.BYTES);

    private SocketOptions() {}

    /**
     * The kernel's number for the namespace an epoll channel lives in (Linux 5.14), to be compared
     * with {@link PodNetwork#cookie}.
     */
    public static long netnsCookie(Channel channel) {
        return channel.config()
                .getOption(SO_NETNS_COOKIE)
                .order(ByteOrder.nativeOrder())
                .getLong(0);
    }

    /**
     * Keepalive and user timeout as configured; for clients and for accepted sockets of the
     * outbound and the plaintext port. What the kernel refuses is left as it was.
     */
    public static void applyKeepalive(EpollSocketChannel channel, SocketSettings settings) {
        var keepalive = settings.keepalive();
        try {
            if (keepalive.enabled()) {
                channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
                channel.config()
                        .setOption(
                                EpollChannelOption.TCP_KEEPIDLE,
                                (int) keepalive.idle().toSeconds());
                channel.config()
                        .setOption(
                                EpollChannelOption.TCP_KEEPINTVL,
                                (int) keepalive.interval().toSeconds());
                channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, keepalive.probes());
            }
            if (settings.userTimeoutEnabled()) {
                channel.config()
                        .setOption(
                                EpollChannelOption.TCP_USER_TIMEOUT,
                                (int) keepalive.total().toMillis());
            }
        } catch (ChannelException e) {
            // A peer that resets while we are at it is the usual reason.
            LOG.debug("no keepalive on {}", channel, e);
        }
    }

    static void mark(Channel channel, int mark) throws IOException {
        if (mark != 0) {
            set(channel, SO_MARK, mark);
        }
    }

    /** Sets an option, or throws an IOException that names it. */
    static <T> void set(Channel channel, ChannelOption<T> option, T value) throws IOException {
        try {
            if (!channel.config().setOption(option, value)) {
                throw new IOException(option + " is not an option of " + channel);
            }
        } catch (ChannelException e) {
            throw new IOException("cannot set " + option + " to " + value, e);
        }
    }
}
