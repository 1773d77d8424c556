package io.ztunnel.sandbox.apps;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends back what it reads, byte for byte, and ends its side when the client has ended its own. */
final class EchoServer {
    private static final int BACKLOG = 512;

    private final ServerSocket listener;

    EchoServer(InetSocketAddress address) throws IOException {
        this.listener = new ServerSocket(address.getPort(), BACKLOG, address.getAddress());
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Accepts until the process ends or the listener fails. */
    void serve() throws IOException {
        System.out.println("echo listens on port " + port());
        while (true) {
            Socket socket = listener.accept();
            Thread.ofVirtual().start(() -> echo(socket));
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.shutdownOutput();
        } catch (IOException e) {
            System.err.println("echo: " + socket.getRemoteSocketAddress() + ": " + e);
        }
    }
}
