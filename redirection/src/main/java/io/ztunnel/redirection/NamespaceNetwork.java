package io.ztunnel.redirection;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.SocketSettings.OriginalSource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sockets inside a pod: marked, with shared ports, and transparent as configured. */
public final class NamespaceNetwork implements PodNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(NamespaceNetwork.class);

    static final int BACKLOG = 128;
    static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    private static final WarningLimiter REFUSED_OPTIONS = new WarningLimiter(LOG);

    private final NetworkNamespace namespace;
    private final SocketSettings settings;

    /**
     * Makes no system call.
     *
     * @param namespace ours from now on
     */
    public NamespaceNetwork(NetworkNamespace namespace, SocketSettings settings) {
        this.namespace = namespace;
        this.settings = settings;
    }

    @Override
    public EpollServerSocketChannel newListener() throws IOException {
        return NewSocket.listener(
                namespace::call,
                settings.ipv6Enabled(),
                listener -> {
                    setUp(listener);
                    makeTransparent(listener, settings, namespace);
                });
    }

    @Override
    public EpollServerSocketChannel newLocalListener(boolean ipv6) throws IOException {
        return NewSocket.listener(namespace::call, ipv6, this::setUp);
    }

    @Override
    public boolean isTransparent(EpollServerSocketChannel listener) {
        return listener.config().isIpTransparent();
    }

    @Override
    public EpollSocketChannel newClient(boolean ipv6) throws IOException {
        return NewSocket.client(
                namespace::call,
                ipv6,
                client -> {
                    SocketOptions.mark(client, settings.packetMark());
                    SocketOptions.set(client, ChannelOption.TCP_NODELAY, true);
                    client.config().setConnectTimeoutMillis(CONNECT_TIMEOUT_MILLIS);
                    SocketOptions.applyKeepalive(client, settings);
                });
    }

    @Override
    public EpollDatagramChannel newDatagram(boolean ipv6) throws IOException {
        return NewSocket.datagram(
                namespace::call,
                ipv6,
                datagram -> {
                    SocketOptions.mark(datagram, settings.packetMark());
                    if (settings.portReuse()) {
                        SocketOptions.set(datagram, UnixChannelOption.SO_REUSEPORT, true);
                    }
                });
    }

    @Override
    public boolean loopbackHasIpv6() throws IOException {
        return settings.ipv6Enabled() && LoopbackIpv6.isEnabled(namespace);
    }

    @Override
    public long cookie() {
        try {
            return namespace.cookie();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        namespace.close();
    }

    @Override
    public String toString() {
        return namespace.toString();
    }

    private void setUp(EpollServerSocketChannel listener) throws IOException {
        SocketOptions.mark(listener, settings.packetMark());
        listener.config().setBacklog(BACKLOG);
        if (settings.portReuse()) {
            try {
                SocketOptions.set(listener, UnixChannelOption.SO_REUSEPORT, true);
            } catch (IOException e) {
                REFUSED_OPTIONS.warn("no port reuse in {}", namespace, e);
            }
        }
    }

    /**
     * @param where the socket is, for the log
     */
    static void makeTransparent(
            EpollServerSocketChannel listener, SocketSettings settings, Object where)
            throws IOException {
        if (settings.originalSource() == OriginalSource.NEVER) {
            return;
        }
        try {
            SocketOptions.set(listener, EpollChannelOption.IP_TRANSPARENT, true);
        } catch (IOException | ChannelException e) {
            if (settings.originalSource() == OriginalSource.REQUIRED) {
                throw e;
            }
            REFUSED_OPTIONS.warn("clients' addresses are not preserved in {}", where, e);
        }
    }
}
