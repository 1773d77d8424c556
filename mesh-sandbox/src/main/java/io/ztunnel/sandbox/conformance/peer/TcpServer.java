package io.ztunnel.sandbox.conformance.peer;

import io.ztunnel.sandbox.conformance.scenario.Behaviour;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
                SocketChannel channel = listener.accept();
                SocketPeer peer =
                        script.behaviour() == Behaviour.STALL
                                ? SocketPeer.stalled(channel)
                                : SocketPeer.over(channel);
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
