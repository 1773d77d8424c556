package io.ztunnel.sandbox.e2e;

import io.ztunnel.sandbox.cluster.IpFamily;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A connection of an application in the client pod to one in the server pod, both held here. */
record Wire(SocketChannel client, SocketChannel server) implements Closeable {
    static final int PORT = 9000;
    private static final int ACCEPT_MILLIS = 30_000;

    /** How the bytes get there. */
    record Route(IpFamily family, boolean waypoint) {
        /** The service that stands for it; see the manifests. */
        private InetSocketAddress service(int number) {
            int last = number + (waypoint ? 1 : 0);
            String address =
                    switch (family) {
                        case IPV4 -> "10.4.1." + last;
                        case IPV6 -> "fd00:10:4::10" + last;
                    };
            return new InetSocketAddress(InetAddress.ofLiteral(address), PORT);
        }

        InetSocketAddress server() {
            return service(1);
        }

        InetSocketAddress echo() {
            return service(3);
        }

        @Override
        public String toString() {
            return family.text() + (waypoint ? " through the waypoint" : " straight");
        }
    }

    static Wire open(Place client, Place server, Route route) throws IOException {
        try (ServerSocketChannel listener = server.listen(PORT)) {
            listener.socket().setSoTimeout(ACCEPT_MILLIS);
            SocketChannel near = client.connect(route.server());
            try {
                return new Wire(near, listener.socket().accept().getChannel());
            } catch (IOException | RuntimeException failed) {
                near.close();
                throw failed;
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (client;
                server) {
            // Both, also when one of them fails.
        }
    }
}
