package io.ztunnel.sandbox.e2e;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.cluster.IpFamily;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

/**
 * A pod or a node, as seen from inside its network namespace.
 *
 * @param namespace the network namespace's name
 * @param process the number of what runs there, 0 when nothing does
 */
record Place(String name, String namespace, List<InetAddress> addresses, long process) {
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(60);
    private static final int CONNECT_MILLIS = 20_000;

    InetAddress address(IpFamily family) {
        return addresses.stream()
                .filter(address -> of(address) == family)
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " has no " + family.text()));
    }

    static IpFamily of(InetAddress address) {
        return address instanceof Inet6Address ? IpFamily.IPV6 : IpFamily.IPV4;
    }

    /** A blocking connection that starts here. Call on a platform thread. */
    SocketChannel connect(InetSocketAddress to) throws IOException {
        SocketChannel channel = open();
        try {
            channel.socket().connect(to, CONNECT_MILLIS);
            return channel;
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
    }

    /** A socket that belongs here, not connected yet. Call on a platform thread. */
    SocketChannel open() throws IOException {
        try (NetworkNamespace here = NetworkNamespace.named(namespace)) {
            return here.call(SocketChannel::open);
        }
    }

    /** Listens here on all addresses. Call on a platform thread. */
    ServerSocketChannel listen(int port) throws IOException {
        try (NetworkNamespace here = NetworkNamespace.named(namespace)) {
            return here.call(
                    () -> {
                        ServerSocketChannel server = ServerSocketChannel.open();
                        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                        return server.bind(new InetSocketAddress(port), 512);
                    });
        }
    }

    Command.Result run(String... command) throws IOException {
        return Command.in(namespace, COMMAND_LIMIT, command);
    }
}
