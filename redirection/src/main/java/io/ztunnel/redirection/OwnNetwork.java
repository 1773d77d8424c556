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
 * Sockets in ztunnel's own namespace, with ports of their own. For ztunnel's own pod, where no rule
 * redirects anything, they are not marked and never for other addresses than those the pod has. For
 * the workload of dedicated mode listeners are transparent as configured, and connections marked.
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
    private final boolean redirected;

    public OwnNetwork(SocketSettings settings) {
        this(settings, false);
    }

    private OwnNetwork(SocketSettings settings, boolean redirected) {
        this.settings = settings;
        this.redirected = redirected;
    }

    /** For the one workload whose namespace this is, and whose traffic rules redirect here. */
    public static OwnNetwork dedicated(SocketSettings settings) {
        return new OwnNetwork(settings, true);
    }

    @Override
    public EpollServerSocketChannel newListener() throws IOException {
        return NewSocket.listener(
                HERE,
                settings.ipv6Enabled(),
                listener -> {
                    listener.config().setBacklog(NamespaceNetwork.BACKLOG);
                    if (redirected) {
                        NamespaceNetwork.makeTransparent(listener, settings, "our namespace");
                    }
                });
    }

    @Override
    public EpollServerSocketChannel newLocalListener(boolean ipv6) throws IOException {
        return NewSocket.listener(
                HERE, ipv6, listener -> listener.config().setBacklog(NamespaceNetwork.BACKLOG));
    }

    @Override
    public boolean isTransparent(EpollServerSocketChannel listener) {
        return redirected && listener.config().isIpTransparent();
    }

    @Override
    public EpollSocketChannel newClient(boolean ipv6) throws IOException {
        return NewSocket.client(
                HERE,
                ipv6,
                client -> {
                    if (redirected) {
                        SocketOptions.mark(client, settings.packetMark());
                    }
                    SocketOptions.set(client, ChannelOption.TCP_NODELAY, true);
                    client.config()
                            .setConnectTimeoutMillis(NamespaceNetwork.CONNECT_TIMEOUT_MILLIS);
                    SocketOptions.applyKeepalive(client, settings);
                });
    }

    @Override
    public EpollDatagramChannel newDatagram(boolean ipv6) throws IOException {
        return NewSocket.datagram(
                HERE,
                ipv6,
                datagram -> {
                    if (redirected) {
                        SocketOptions.mark(datagram, settings.packetMark());
                    }
                });
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
