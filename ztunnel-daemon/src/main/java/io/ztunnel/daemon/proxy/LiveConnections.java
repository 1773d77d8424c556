package io.ztunnel.daemon.proxy;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every connection of one pod, so that a drain can wait for them and a forced end can cut them.
 * Safe for use from any thread; touched when a connection starts and ends, never on the path of a
 * byte.
 */
final class LiveConnections {
    private final Set<LiveConnection> live = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> empty = new CompletableFuture<>();
    private volatile boolean draining;

    /**
     * @return false when the pod is already draining; the caller then ends the connection itself
     */
    boolean add(LiveConnection connection) {
        if (draining) {
            return false;
        }
        live.add(connection);
        if (draining && live.remove(connection)) {
            completeIfEmpty();
            return false;
        }
        return true;
    }

    void remove(LiveConnection connection) {
        if (live.remove(connection)) {
            completeIfEmpty();
        }
    }

    int size() {
        return live.size();
    }

    /** Takes no further connections and asks those that can to wind down. Idempotent. */
    CompletionStage<Void> drain() {
        draining = true;
        live.forEach(LiveConnection::drain);
        completeIfEmpty();
        return empty.copy();
    }

    /**
     * Cuts everything that is still there; only after {@link #drain}. Tunnels come last, so that
     * each connection ends for this cause and not for the loss of its tunnel.
     */
    void abort(Throwable cause) {
        abort(cause, false);
        abort(cause, true);
    }

    private void abort(Throwable cause, boolean tunnels) {
        for (LiveConnection connection : live) {
            if (connection.isTunnel() == tunnels) {
                connection.abort(cause);
            }
        }
    }

    private void completeIfEmpty() {
        if (draining && live.isEmpty()) {
            empty.complete(null);
        }
    }
}
