package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * The tunnels of one pod's outbound listener, by {@link TunnelKey}. A key has one tunnel, on the
 * pod's own loop, until that is full; the next tunnel opens on the loop least used, and streams
 * then spread. So the socket of an accepted connection can be registered where its tunnel lives,
 * and its bytes never change threads.
 *
 * <p>The directory is confined to one loop, {@code home}, and has no lock: {@link #acquire} decides
 * there and then, from counts kept there. Tunnels live and are used on their own loops.
 *
 * <p>Whoever asks while a tunnel is being opened shares the attempt and its failure. A tunnel that
 * was full takes streams again as others end. A tunnel without streams closes after {@link
 * HboneSettings#idleTimeout}.
 */
public final class TunnelPool {
    private enum Phase {
        OPEN,
        /** No new leases; tunnels close as their streams end. */
        DRAINING,
        /** Every tunnel was cut. */
        CLOSED
    }

    private final HboneSettings settings;
    private final TunnelLimits limits;
    private final EventLoop home;
    private final List<EventLoop> loops;
    private final TunnelOpener opener;
    private final IdleTunnels idle;

    /** Tunnels that take streams or will, oldest first. No empty lists. */
    private final Map<TunnelKey, List<PooledTunnel>> available = new HashMap<>();

    /** Every tunnel that is not closed, retired ones included. */
    private final LinkedHashSet<PooledTunnel> all = new LinkedHashSet<>();

    /** Leases out by loop. */
    private final Map<EventLoop, Integer> streamsOn = new HashMap<>();

    private final Promise<Void> gone;
    private Phase phase = Phase.OPEN;

    /**
     * @param home where {@link #acquire} is called: the loop of the pod's listener
     * @param loops where tunnels may live; {@code home} is one of them
     */
    public TunnelPool(
            HboneSettings settings,
            TunnelLimits limits,
            EventLoop home,
            List<EventLoop> loops,
            TunnelOpener opener) {
        if (!loops.contains(home)) {
            throw new IllegalArgumentException("the pool's own loop must be able to hold tunnels");
        }
        this.settings = settings;
        this.limits = limits;
        this.home = home;
        this.loops = List.copyOf(loops);
        this.opener = opener;
        this.idle =
                new IdleTunnels(
                        home, settings.idleTimeout().toNanos(), limits.idleTunnels(), this::retire);
        this.gone = home.newPromise();
        gone.setUncancellable();
    }

    /**
     * Reserves a stream on a tunnel of the key, opening one where there is none with room. Called
     * on the home loop. The caller goes to {@link Lease#eventLoop}, asks {@link Lease#tunnel} there
     * and must {@link Lease#release} in every case.
     *
     * @throws HboneException DRAINING after {@link #drain} or {@link #close}; CONNECT when a limit
     *     of {@link TunnelLimits} is reached
     */
    public Lease acquire(TunnelKey key) throws HboneException {
        if (!home.inEventLoop()) {
            throw new IllegalStateException("a lease is acquired on the loop of its pool");
        }
        PooledTunnel tunnel = reserve(key, null);
        return new Lease(this, tunnel);
    }

    /** No new leases; every tunnel says GOAWAY once its streams have ended. From any thread. */
    public Future<Void> drain() {
        onHome(
                () -> {
                    if (phase == Phase.OPEN) {
                        phase = Phase.DRAINING;
                        List.copyOf(all).forEach(this::retire);
                        completeIfGone();
                    }
                });
        return gone;
    }

    /** Cuts every tunnel; whoever waits for one is refused. From any thread. */
    public Future<Void> close() {
        onHome(
                () -> {
                    if (phase == Phase.CLOSED) {
                        return;
                    }
                    phase = Phase.CLOSED;
                    idle.clear();
                    available.clear();
                    // Its streams end on the spot, and give their leases back.
                    for (PooledTunnel tunnel : List.copyOf(all)) {
                        tunnel.state = TunnelStats.State.RETIRED;
                        tunnel.fail(draining());
                        tunnel.close();
                    }
                    all.clear();
                    completeIfGone();
                });
        return gone;
    }

    /**
     * Runs an action for every tunnel that is up, on the tunnel's loop. From any thread; a tunnel
     * that comes up meanwhile is passed by.
     */
    public void forEach(Consumer<OutboundTunnel> action) {
        onHome(() -> List.copyOf(all).forEach(tunnel -> tunnel.onLoop(action)));
    }

    /** One entry per tunnel at a moment soon after the call. From any thread. */
    public Future<List<TunnelStats>> stats() {
        return home.submit(
                () ->
                        all.stream()
                                .map(
                                        tunnel ->
                                                new TunnelStats(
                                                        tunnel.key,
                                                        tunnel.state,
                                                        tunnel.streams,
                                                        loops.indexOf(tunnel.loop)))
                                .toList());
    }

    /**
     * Moves a lease whose tunnel has become unusable to another one on the same loop, where its
     * socket is registered already. On the home loop.
     */
    PooledTunnel replace(PooledTunnel stale) throws HboneException {
        retire(stale);
        PooledTunnel next = reserve(stale.key, stale.loop);
        giveBack(stale);
        return next;
    }

    /** A stream has ended, or never came to be. On the home loop. */
    void giveBack(PooledTunnel tunnel) {
        tunnel.streams--;
        streamsOn.merge(tunnel.loop, -1, Integer::sum);
        if (tunnel.streams > 0) {
            return;
        }
        switch (tunnel.state) {
            case OPENING -> {}
            case OPEN -> idle.add(tunnel);
            case RETIRED -> forget(tunnel);
        }
    }

    void onHome(Runnable action) {
        if (home.inEventLoop()) {
            action.run();
            return;
        }
        try {
            home.execute(action);
        } catch (RejectedExecutionException shutDown) {
            // The loop has ended, and with it every socket and the directory itself.
            gone.trySuccess(null);
        }
    }

    /**
     * @param loop where the tunnel must live; null for anywhere
     */
    private PooledTunnel reserve(TunnelKey key, @Nullable EventLoop loop) throws HboneException {
        if (phase != Phase.OPEN) {
            throw draining();
        }
        PooledTunnel tunnel = pick(key, loop);
        boolean fresh = tunnel == null;
        if (tunnel == null) {
            tunnel = add(key, loop != null ? loop : place(key));
        }
        tunnel.streams++;
        streamsOn.merge(tunnel.loop, 1, Integer::sum);
        idle.remove(tunnel);
        if (fresh) {
            start(tunnel);
        }
        return tunnel;
    }

    /** The tunnel with the fewest streams, among the open ones if one of them has room. */
    private @Nullable PooledTunnel pick(TunnelKey key, @Nullable EventLoop loop) {
        List<PooledTunnel> siblings = available.getOrDefault(key, List.of());
        PooledTunnel best = null;
        // From the youngest, so that retiring one does not move those yet to come.
        for (int i = siblings.size() - 1; i >= 0; i--) {
            PooledTunnel tunnel = siblings.get(i);
            if (isKnownUnusable(tunnel)) {
                retire(tunnel);
                continue;
            }
            boolean fits =
                    tunnel.streams < limit(tunnel) && (loop == null || loop.equals(tunnel.loop));
            if (fits && (best == null || isBetter(tunnel, best))) {
                best = tunnel;
            }
        }
        return best;
    }

    /**
     * Ours, or the peer's as soon as it is known. One that allows none is not worth another try.
     */
    private int limit(PooledTunnel tunnel) {
        Future<OutboundTunnel> opened = tunnel.opened();
        int own = settings.maxStreamsPerTunnel();
        return opened.isSuccess() ? Math.clamp(opened.getNow().maxStreams(), 1, own) : own;
    }

    private static boolean isBetter(PooledTunnel tunnel, PooledTunnel than) {
        if (tunnel.state != than.state) {
            return tunnel.state == TunnelStats.State.OPEN;
        }
        return tunnel.streams <= than.streams;
    }

    /** As far as can be seen from here; {@link Lease#tunnel} looks again where the tunnel lives. */
    private boolean isKnownUnusable(PooledTunnel tunnel) {
        Future<OutboundTunnel> opened = tunnel.opened();
        if (!opened.isDone()) {
            return false;
        }
        return !opened.isSuccess() || (tunnel.loop.equals(home) && !opened.getNow().isUsable());
    }

    /** The first tunnel of a key opens here; the next ones where fewest of the key are. */
    private EventLoop place(TunnelKey key) {
        List<PooledTunnel> siblings = available.get(key);
        if (siblings == null) {
            return home;
        }
        EventLoop best = home;
        long bestCost = Long.MAX_VALUE;
        for (EventLoop loop : loops) {
            long own = siblings.stream().filter(tunnel -> tunnel.loop.equals(loop)).count();
            long cost = own * Integer.MAX_VALUE + streamsOn.getOrDefault(loop, 0);
            if (cost < bestCost) {
                best = loop;
                bestCost = cost;
            }
        }
        return best;
    }

    private PooledTunnel add(TunnelKey key, EventLoop loop) throws HboneException {
        List<PooledTunnel> siblings = available.computeIfAbsent(key, k -> new ArrayList<>(1));
        int limit = limits.tunnelsPerKey();
        if (siblings.size() >= limit) {
            throw full("limit of " + limit + " tunnels to " + key.destination());
        }
        if (all.size() >= limits.tunnels()) {
            if (siblings.isEmpty()) {
                available.remove(key);
            }
            throw full("limit of " + limits.tunnels() + " tunnels of one pod");
        }
        PooledTunnel tunnel = new PooledTunnel(key, loop);
        siblings.add(tunnel);
        all.add(tunnel);
        return tunnel;
    }

    private void start(PooledTunnel tunnel) {
        if (tunnel.loop.inEventLoop()) {
            open(tunnel);
        } else {
            tunnel.loop.execute(() -> open(tunnel));
        }
    }

    /** On the loop of the tunnel. */
    private void open(PooledTunnel tunnel) {
        attempt(tunnel)
                .addListener(
                        (Future<OutboundTunnel> attempt) -> {
                            tunnel.complete(attempt);
                            onHome(() -> onOpened(tunnel, attempt));
                        });
    }

    private Future<OutboundTunnel> attempt(PooledTunnel tunnel) {
        try {
            return opener.open(tunnel.key, tunnel.loop);
        } catch (RuntimeException e) {
            // Those who wait must hear of it, and their leases must count down.
            return tunnel.loop.newFailedFuture(e);
        }
    }

    private void onOpened(PooledTunnel tunnel, Future<OutboundTunnel> attempt) {
        if (!attempt.isSuccess()) {
            retire(tunnel);
            return;
        }
        switch (tunnel.state) {
            case OPENING -> {
                tunnel.state = TunnelStats.State.OPEN;
                if (tunnel.streams == 0) {
                    idle.add(tunnel);
                }
            }
            case OPEN -> {}
            case RETIRED -> {
                if (!all.contains(tunnel)) {
                    tunnel.drain();
                }
            }
        }
        OutboundTunnel opened = attempt.getNow();
        Runnable watch = () -> opened.onUnusable(() -> onHome(() -> retire(tunnel)));
        if (tunnel.loop.inEventLoop()) {
            watch.run();
        } else {
            tunnel.loop.execute(watch);
        }
    }

    /** Takes no more streams; closes now if it has none. */
    private void retire(PooledTunnel tunnel) {
        if (tunnel.state == TunnelStats.State.RETIRED) {
            return;
        }
        tunnel.state = TunnelStats.State.RETIRED;
        idle.remove(tunnel);
        available.computeIfPresent(
                tunnel.key,
                (key, siblings) -> {
                    siblings.remove(tunnel);
                    return siblings.isEmpty() ? null : siblings;
                });
        if (tunnel.streams == 0) {
            forget(tunnel);
        }
    }

    private void forget(PooledTunnel tunnel) {
        if (all.remove(tunnel)) {
            tunnel.drain();
            completeIfGone();
        }
    }

    private void completeIfGone() {
        if (phase != Phase.OPEN && all.isEmpty()) {
            idle.clear();
            gone.trySuccess(null);
        }
    }

    private static HboneException draining() {
        return HboneException.of(HboneException.Code.DRAINING, "pool draining", null);
    }

    private static HboneException full(String what) {
        return HboneException.of(HboneException.Code.CONNECT, what + " is reached", null);
    }
}
