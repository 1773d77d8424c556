package io.ztunnel.daemon.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An application of the server pod that answers each byte with itself, until the client ends. */
final class EchoApp implements AutoCloseable {
    private final ServerSocket listener;

    EchoApp() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.ofLiteral(TestMesh.SERVER_IP));
        Thread.ofVirtual().start(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> echo(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void echo(Socket client) {
        try (client;
                InputStream in = client.getInputStream()) {
            in.transferTo(client.getOutputStream());
            client.shutdownOutput();
        } catch (IOException cut) {
            // The proxy's record says so; here is nothing to add.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
