package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Applications that know nothing of the mesh: a server that tells each client who it appears to be,
 * and clients that read this.
 */
final class PlainPeer implements Closeable {
    private final ServerSocketChannel server;
    private final String name;

    /** Listens on all addresses of the namespace. */
    PlainPeer(NetworkNamespace namespace, String name, int port) throws IOException {
        this.name = name;
        server = namespace.call(() -> ServerSocketChannel.open(StandardProtocolFamily.INET6));
        server.bind(new InetSocketAddress("::", port));
        Thread.ofPlatform().name("peer-" + name).daemon().start(this::serve);
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel client = server.accept()) {
                    String peer =
                            ((InetSocketAddress) client.getRemoteAddress())
                                    .getAddress()
                                    .getHostAddress();
                    client.write(StandardCharsets.UTF_8.encode(name + " sees " + peer));
                }
            }
        } catch (ClosedChannelException e) {
            // The test is over.
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    /** Connects and reads what the other end says until it closes. */
    static String ask(NetworkNamespace from, @Nullable String source, String address, int port)
            throws IOException {
        InetAddress target = InetAddress.getByName(address);
        StandardProtocolFamily family =
                target.getAddress().length == 4
                        ? StandardProtocolFamily.INET
                        : StandardProtocolFamily.INET6;
        try (SocketChannel client = from.call(() -> SocketChannel.open(family))) {
            if (source != null) {
                client.bind(new InetSocketAddress(source, 0));
            }
            // Through the socket, whose connect and read keep a time limit.
            client.socket().connect(new InetSocketAddress(target, port), 5_000);
            client.socket().setSoTimeout(5_000);
            return new String(
                    client.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A UDP socket in that namespace, bound to a free port or to this one. */
    static DatagramChannel udp(NetworkNamespace namespace, int port) throws IOException {
        DatagramChannel channel =
                namespace.call(() -> DatagramChannel.open(StandardProtocolFamily.INET6));
        channel.bind(new InetSocketAddress("::", port));
        channel.socket().setSoTimeout(5_000);
        return channel;
    }

    static void send(DatagramChannel from, String text, InetSocketAddress to) throws IOException {
        from.send(StandardCharsets.UTF_8.encode(text), to);
    }

    /** The next datagram as "text from address". */
    static String receive(DatagramChannel at) throws IOException {
        var packet = new DatagramPacket(new byte[512], 512);
        at.socket().receive(packet);
        return StandardCharsets.UTF_8.decode(
                        ByteBuffer.wrap(packet.getData(), 0, packet.getLength()))
                + " from "
                + packet.getAddress().getHostAddress();
    }
}
