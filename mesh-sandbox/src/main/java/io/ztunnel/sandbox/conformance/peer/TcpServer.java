package io.ztunnel.sandbox.conformance.peer;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A scripted TCP server in a pod. */
public final class TcpServer implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final Script script;
    private final Queue<Peer> accepted = new ConcurrentLinkedQueue<>();

    private TcpServer(ServerSocketChannel listener, Script script) {
        this.listener = listener;
        this.script = script;
    }

    /** On a platform thread. */
    public static TcpServer start(Place place, int port, Script script) throws IOException {
        TcpServer server = new TcpServer(place.listen(port), script);
        Thread.ofVirtual().name("server " + place.name() + ":" + port).start(server::acceptAll);
        return server;
    }

    private void acceptAll() {
        try {
            while (true) {
                SocketPeer peer = SocketPeer.over(listener.accept());
                accepted.add(peer);
                script.begin(peer);
            }
        } catch (IOException closed) {
            // The scenario is over.
        }
    }

    public Script script() {
        return script;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        accepted.forEach(Peer::close);
    }
}
