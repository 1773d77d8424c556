package io.ztunnel.sandbox.conformance.peer;

import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A pod or node to make sockets in. Called by platform threads. */
public record Place(String name, String namespace) {
    private static final int CONNECT_MILLIS = 15_000;
    private static final int BACKLOG = 512;

    /** A socket that belongs here, not connected yet. */
    public SocketChannel open() throws IOException {
        try (NetworkNamespace here = NetworkNamespace.named(namespace)) {
            return here.call(SocketChannel::open);
        }
    }

    /** A blocking connection that starts here. */
    public SocketChannel connect(InetSocketAddress to) throws IOException {
        SocketChannel channel = open();
        try {
            channel.socket().connect(to, CONNECT_MILLIS);
            return channel;
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
    }

    /** Listens here on all addresses. */
    public ServerSocketChannel listen(int port) throws IOException {
        ServerSocketChannel server = openServer();
        try {
            return server.bind(new InetSocketAddress(port), BACKLOG);
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
    }

    /** A socket to listen with, not bound yet. */
    ServerSocketChannel openServer() throws IOException {
        try (NetworkNamespace here = NetworkNamespace.named(namespace)) {
            ServerSocketChannel server = here.call(ServerSocketChannel::open);
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return server;
        }
    }
}
