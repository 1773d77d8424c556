package io.ztunnel.sandbox.waypoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/** A local port where each connection is a tunnel to one address: what a client's ztunnel is. */
final class TestBridge implements AutoCloseable {
    private final ServerSocket listener;
    private final TestTunnel tunnel;
    private final InetSocketAddress dialled;

    TestBridge(TestTunnel tunnel, InetSocketAddress dialled) throws IOException {
        this.tunnel = tunnel;
        this.dialled = dialled;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
    }

    private void accept() {
        try {
            while (true) {
                Socket app = listener.accept();
                TestStream stream = tunnel.connectTo(dialled);
                Thread.ofVirtual().start(() -> copy(app, stream, true));
                Thread.ofVirtual().start(() -> copy(app, stream, false));
            }
        } catch (Exception e) {
            // Closed.
        }
    }

    private static void copy(Socket app, TestStream stream, boolean up) {
        try {
            if (up) {
                app.getInputStream().transferTo(stream.output());
                stream.end();
            } else {
                stream.input().transferTo(app.getOutputStream());
                app.shutdownOutput();
            }
        } catch (Exception e) {
            // The other direction sees it too.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
