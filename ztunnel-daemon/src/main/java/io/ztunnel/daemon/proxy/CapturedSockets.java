package io.ztunnel.daemon.proxy;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.redirection.OriginalDestination;
import io.ztunnel.redirection.SocketOptions;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.store.HostPort;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.function.Function;

/**
 * Accepted sockets of the two ports that traffic is redirected to: who they come from, where they
 * meant to go, and the options of a relayed socket. Callable from any thread.
 */
public final class CapturedSockets {
    private static final Logger log = LoggerFactory.getLogger(CapturedSockets.class);

    private final SocketSettings settings;
    private final Function<EpollSocketChannel, InetSocketAddress> originalDestination;

    public CapturedSockets(SocketSettings settings) {
        this(settings, OriginalDestination::of);
    }

    /**
     * @param originalDestination where a connection wanted to go; IllegalStateException when its
     *     peer is gone
     */
    CapturedSockets(
            SocketSettings settings,
            Function<EpollSocketChannel, InetSocketAddress> originalDestination) {
        this.settings = settings;
        this.originalDestination = originalDestination;
    }

    /** A socket that is not registered with a loop yet, and prepared for a relay. */
    record Captured(EpollSocketChannel socket, HostPort source, HostPort destination) {}

    /**
     * @return null when the peer has reset the connection meanwhile; then the socket is closed
     */
    @Nullable Captured capture(EpollSocketChannel accepted) {
        InetSocketAddress peer = accepted.remoteAddress();
        if (peer == null) {
            return gone(accepted, "no peer address");
        }
        try {
            ChannelEnd.prepare(accepted);
            accepted.config().setTcpNoDelay(true);
            SocketOptions.applyKeepalive(accepted, settings);
            return new Captured(
                    accepted, HostPort.of(peer), HostPort.of(originalDestination.apply(accepted)));
        } catch (ChannelException | IllegalStateException e) {
            return gone(accepted, e.toString());
        }
    }

    private static @Nullable Captured gone(EpollSocketChannel accepted, String why) {
        log.debug("a captured connection was reset before it was looked at: {}", why);
        accepted.unsafe().closeForcibly();
        return null;
    }
}
