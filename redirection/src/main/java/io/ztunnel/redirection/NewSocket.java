package io.ztunnel.redirection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.ztunnel.linux.NamespaceCall;

import java.io.IOException;

/**
 * Creates Netty's epoll channels, whose constructors call socket(2) on the calling thread: inside a
 * namespace they make a socket of that namespace.
 */
final class NewSocket {
    static {
        // Inside a pod's namespace no class may be initialised that could start a thread or log:
        // have all of Netty's done before, at home.
        Epoll.ensureAvailability();
        discard(new EpollServerSocketChannel(SocketProtocolFamily.INET));
        discard(new EpollSocketChannel(SocketProtocolFamily.INET));
        discard(new EpollDatagramChannel(SocketProtocolFamily.INET));
    }

    /** What remains to be done to a socket that was just created, at home. */
    @FunctionalInterface
    interface Setup<C extends Channel> {
        void apply(C channel) throws IOException;
    }

    /** Where sockets are created. */
    @FunctionalInterface
    interface Place {
        <C> C call(NamespaceCall<C> creation) throws IOException;
    }

    private NewSocket() {}

    static EpollServerSocketChannel listener(
            Place place, boolean ipv6, Setup<EpollServerSocketChannel> setup) throws IOException {
        var family = family(ipv6);
        return create(place, () -> new EpollServerSocketChannel(family), setup);
    }

    static EpollSocketChannel client(Place place, boolean ipv6, Setup<EpollSocketChannel> setup)
            throws IOException {
        var family = family(ipv6);
        return create(place, () -> new EpollSocketChannel(family), setup);
    }

    static EpollDatagramChannel datagram(
            Place place, boolean ipv6, Setup<EpollDatagramChannel> setup) throws IOException {
        var family = family(ipv6);
        return create(place, () -> new EpollDatagramChannel(family), setup);
    }

    private static <C extends Channel> C create(
            Place place, NamespaceCall<C> creation, Setup<C> setup) throws IOException {
        C channel;
        try {
            channel = place.call(creation);
        } catch (ChannelException e) {
            throw new IOException("cannot create a socket", e);
        }
        boolean ready = false;
        try {
            setup.apply(channel);
            ready = true;
            return channel;
        } finally {
            if (!ready) {
                discard(channel);
            }
        }
    }

    private static SocketProtocolFamily family(boolean ipv6) {
        return ipv6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
    }

    /** Closes a channel that has no event loop yet. */
    private static void discard(Channel channel) {
        channel.unsafe().closeForcibly();
    }
}
