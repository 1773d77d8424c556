package io.ztunnel.hbone;

import java.util.ArrayDeque;

/**
 * Whose bytes go next: streams with something to send take turns of one quantum each, first come
 * first served, so that a bulk stream delays another one by its quantum and not by its queue. Ends
 * of streams need no credit and wait for nobody's bytes. A stream that is alone takes longer turns:
 * there is nobody to be delayed, and larger frames cost less.
 */
final class SendScheduler {
    private final Tunnel tunnel;
    private final FlowWindows.Send connection;
    private final ArrayDeque<TunnelStream> turns = new ArrayDeque<>();
    private final ArrayDeque<TunnelStream> ends = new ArrayDeque<>();
    private boolean running;

    SendScheduler(Tunnel tunnel, FlowWindows.Send connection) {
        this.tunnel = tunnel;
        this.connection = connection;
    }

    /** A stream has got something to send, or credit for it. */
    void add(TunnelStream stream) {
        if (!stream.waitsForTurn && stream.hasTurn()) {
            stream.waitsForTurn = true;
            (stream.onlyEnds() ? ends : turns).add(stream);
        }
    }

    void remove(TunnelStream stream) {
        if (stream.waitsForTurn) {
            stream.waitsForTurn = false;
            if (!turns.remove(stream)) {
                ends.remove(stream);
            }
        }
    }

    /** Sends until nothing is left that credit and channel allow. */
    void run() {
        if (running) {
            // A handler that was told of room has written and flushed: the loop below sees it.
            return;
        }
        running = true;
        try {
            while (!ends.isEmpty()) {
                turn(ends.remove());
            }
            while (!turns.isEmpty() && connection.available() > 0 && tunnel.channelTakesMore()) {
                turn(turns.remove());
            }
        } finally {
            running = false;
        }
    }

    private void turn(TunnelStream stream) {
        stream.waitsForTurn = false;
        if (stream.hasTurn()) {
            stream.takeTurn(connection, !turns.isEmpty());
            add(stream);
        }
    }
}
