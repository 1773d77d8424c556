package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.telemetry.ConnectionError;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
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

    private final PodLimits limits;

    LiveConnections(PodLimits limits) {
        this.limits = limits;
    }

    /**
     * @return why it must not be, null when it may; the caller then ends the connection itself
     */
    @Nullable ConnectionError add(LiveConnection connection) {
        if (isTooLate(connection)) {
            return ConnectionError.drained();
        }
        ConnectionError tooMany = connection.counts() ? limits.begin() : null;
        if (tooMany != null) {
            return tooMany;
        }
        live.add(connection);
        if (isTooLate(connection) && leave(connection)) {
            completeIfEmpty();
            return ConnectionError.drained();
        }
        return null;
    }

    private boolean isTooLate(LiveConnection connection) {
        return draining && !connection.isTunnelled();
    }

    void remove(LiveConnection connection) {
        if (leave(connection)) {
            completeIfEmpty();
        }
    }

    private boolean leave(LiveConnection connection) {
        boolean was = live.remove(connection);
        if (was && connection.counts()) {
            limits.ended();
        }
        return was;
    }

    /** Those that are there now. */
    Collection<LiveConnection> all() {
        return live;
    }

    int size() {
        return live.size();
    }

    /**
     * Takes no further connections but those in tunnels that are there, and asks what can to wind
     * down. Idempotent.
     */
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
