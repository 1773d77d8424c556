package io.ztunnel.redirection;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.linux.NamespaceCall;
import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Sockets in ztunnel's own namespace, where no rule redirects anything: not marked, with ports of
 * their own, and never for other addresses than those the pod has.
 */
public final class OwnNetwork implements PodNetwork {
    private static final NewSocket.Place HERE =
            new NewSocket.Place() {
                @Override
                public <C> C call(NamespaceCall<C> creation) throws IOException {
                    return creation.call();
                }
            };

    private final SocketSettings settings;

    public OwnNetwork(SocketSettings settings) {
        this.settings = settings;
    }

    @Override
    public EpollServerSocketChannel newListener() throws IOException {
        return newLocalListener(settings.ipv6Enabled());
    }

    @Override
    public EpollServerSocketChannel newLocalListener(boolean ipv6) throws IOException {
        return NewSocket.listener(
                HERE, ipv6, listener -> listener.config().setBacklog(NamespaceNetwork.BACKLOG));
    }

    @Override
    public boolean isTransparent(EpollServerSocketChannel listener) {
        return false;
    }

    @Override
    public EpollSocketChannel newClient(boolean ipv6) throws IOException {
        return NewSocket.client(
                HERE,
                ipv6,
                client -> {
                    SocketOptions.set(client, ChannelOption.TCP_NODELAY, true);
                    client.config()
                            .setConnectTimeoutMillis(NamespaceNetwork.CONNECT_TIMEOUT_MILLIS);
                    SocketOptions.applyKeepalive(client, settings);
                });
    }

    @Override
    public EpollDatagramChannel newDatagram(boolean ipv6) throws IOException {
        return NewSocket.datagram(HERE, ipv6, datagram -> {});
    }

    @Override
    public boolean loopbackHasIpv6() throws IOException {
        if (!settings.ipv6Enabled()) {
            return false;
        }
        try (NetworkNamespace own = NetworkNamespace.current()) {
            return LoopbackIpv6.isEnabled(own);
        }
    }

    @Override
    public long cookie() {
        try (NetworkNamespace own = NetworkNamespace.current()) {
            return own.cookie();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** There is nothing to give up. */
    @Override
    public void close() {}
}
