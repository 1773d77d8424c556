package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.redirection.SourceBinding;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Opens plain TCP connections from a pod's network, ready to be relayed. */
final class AppConnector {
    private final PodNetwork network;

    AppConnector(PodNetwork network) {
        this.network = network;
    }

    /**
     * Connects within the socket's connect timeout of 10 s.
     *
     * @param source the address that the other end shall see, null for the pod's own
     * @return the connected channel, registered with {@code loop}; on failure nothing stays open
     */
    Future<EpollSocketChannel> connect(
            EventLoop loop, HostPort destination, @Nullable IpAddress source) {
        Promise<EpollSocketChannel> result = loop.newPromise();
        EpollSocketChannel channel;
        try {
            channel = network.newClient(!destination.ip().isV4());
        } catch (IOException e) {
            return result.setFailure(e);
        }
        ChannelEnd.prepare(channel);
        loop.register(channel)
                .addListener(
                        registered -> {
                            if (!registered.isSuccess()) {
                                channel.unsafe().closeForcibly();
                                result.setFailure(registered.cause());
                                return;
                            }
                            connect(channel, destination, source, result);
                        });
        return result;
    }

    private static void connect(
            EpollSocketChannel channel,
            HostPort destination,
            @Nullable IpAddress source,
            Promise<EpollSocketChannel> result) {
        SourceBinding.connect(
                        channel,
                        destination.toSocketAddress(),
                        source == null ? null : source.toInetAddress())
                .addListener(
                        connected -> {
                            if (connected.isSuccess()) {
                                result.setSuccess(channel);
                            } else {
                                channel.close();
                                result.setFailure(connected.cause());
                            }
                        });
    }
}
