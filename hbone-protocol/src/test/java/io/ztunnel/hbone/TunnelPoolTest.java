package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The pool's decisions, on loops that the test itself runs and whose time it sets. */
final class TunnelPoolTest {
    private static final TunnelKey KEY = key(1);

    private final EmbeddedChannel time = new EmbeddedChannel();
    private final EventLoop home = time.eventLoop();
    private final EventLoop second = new EmbeddedChannel().eventLoop();
    private final EventLoop third = new EmbeddedChannel().eventLoop();
    private final FakeOpener opener = new FakeOpener();

    private TunnelPool pool(int maxStreams) {
        return pool(maxStreams, TunnelLimits.DEFAULTS);
    }

    private TunnelPool pool(int maxStreams, TunnelLimits limits) {
        time.freezeTime();
        return new TunnelPool(
                settings(maxStreams), limits, home, List.of(home, second, third), opener);
    }

    static HboneSettings settings(int maxStreams) {
        HboneSettings defaults = HboneSettings.DEFAULTS;
        return new HboneSettings(
                defaults.streamWindow(),
                defaults.connectionWindow(),
                defaults.maxFrameSize(),
                defaults.maxConcurrentStreams(),
                maxStreams,
                Duration.ofMinutes(5),
                defaults.connectTimeout(),
                defaults.handshakeTimeout(),
                defaults.pingInterval(),
                defaults.pingTimeout());
    }

    static TunnelKey key(int port) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new TunnelKey(
                "spiffe://cluster.local/ns/a/sa/client",
                List.of("spiffe://cluster.local/ns/a/sa/server"),
                loopback,
                new InetSocketAddress(loopback, port));
    }

    private static List<Lease> acquire(TunnelPool pool, int count) throws HboneException {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            leases.add(pool.acquire(KEY));
        }
        return leases;
    }

    private static FakeTunnel tunnelOf(Lease lease) {
        Future<OutboundTunnel> tunnel = lease.tunnel();
        assertThat(tunnel.isSuccess()).isTrue();
        return (FakeTunnel) tunnel.getNow();
    }

    private static HboneException.Code refusal(Lease lease) {
        Future<OutboundTunnel> tunnel = lease.tunnel();
        assertThat(tunnel.isDone()).isTrue();
        assertThat(tunnel.cause()).isInstanceOf(HboneException.class);
        return ((HboneException) tunnel.cause()).code();
    }

    private List<TunnelStats> stats(TunnelPool pool) {
        Future<List<TunnelStats>> stats = pool.stats();
        time.runPendingTasks();
        return stats.getNow();
    }

    @Test
    void connectionsOfOneKeyShareATunnel() throws Exception {
        TunnelPool pool = pool(3);
        acquire(pool, 2).forEach(Lease::release);
        acquire(pool, 2).forEach(Lease::release);

        assertThat(opener.opened).hasSize(1);
    }

    @Test
    void aDestinationThatDoesNotAnswerDelaysNoOtherKey() throws Exception {
        time.freezeTime();
        TunnelPool pool =
                new TunnelPool(
                        settings(1),
                        TunnelLimits.DEFAULTS,
                        home,
                        List.of(home, second, third),
                        (key, loop) ->
                                key.equals(KEY)
                                        ? loop.newPromise()
                                        : loop.newSucceededFuture(new FakeTunnel(key, loop)));
        List<Lease> stuck = acquire(pool, 200);
        for (int port = 2; port < 50; port++) {
            assertThat(tunnelOf(pool.acquire(key(port))).isUsable()).isTrue();
        }
        assertThat(stuck).noneMatch(lease -> lease.tunnel().isDone());
    }

    @Test
    void theFirstTunnelLivesOnThePodsOwnLoop() throws Exception {
        Lease lease = pool(3).acquire(KEY);

        assertThat(lease.eventLoop()).isSameAs(home);
        assertThat(tunnelOf(lease).eventLoop()).isSameAs(home);
    }

    @Test
    void everyPartOfTheKeyMakesATunnelOfItsOwn() throws Exception {
        TunnelPool pool = pool(100);
        InetAddress other = InetAddress.getByName("127.0.0.2");
        List<TunnelKey> keys =
                List.of(
                        KEY,
                        key(2),
                        new TunnelKey("b", KEY.identities(), KEY.sourceIp(), KEY.destination()),
                        new TunnelKey(
                                KEY.source(), List.of("x"), KEY.sourceIp(), KEY.destination()),
                        new TunnelKey(
                                KEY.source(), List.of("x", "y"), KEY.sourceIp(), KEY.destination()),
                        new TunnelKey(
                                KEY.source(), List.of("y", "x"), KEY.sourceIp(), KEY.destination()),
                        new TunnelKey(KEY.source(), KEY.identities(), other, KEY.destination()));
        for (int round = 0; round < 2; round++) {
            for (TunnelKey key : keys) {
                assertThat(tunnelOf(pool.acquire(key)).key).isEqualTo(key);
            }
        }

        assertThat(opener.opened).hasSize(keys.size());
    }

    @Test
    void aFullTunnelIsFollowedByOnesOnOtherLoops() throws Exception {
        List<Lease> leases = acquire(pool(2), 6);

        assertThat(leases.stream().map(Lease::eventLoop))
                .containsExactly(home, home, second, second, third, third);
        assertThat(opener.opened).hasSize(3);
    }

    @Test
    void aPeerThatAllowsFewerStreamsIsGivenFewer() throws Exception {
        TunnelPool pool = pool(100);
        acquire(pool, 1);
        opener.opened.getFirst().maxStreams = 2;
        acquire(pool, 1);
        assertThat(opener.opened).hasSize(1);
        acquire(pool, 1);

        assertThat(opener.opened).hasSize(2);
    }

    @Test
    void aPeerThatAllowsNoStreamsIsAskedForOneAtATime() throws Exception {
        TunnelPool pool = pool(100);
        acquire(pool, 1).forEach(Lease::release);
        opener.opened.getFirst().maxStreams = 0;
        acquire(pool, 1).forEach(Lease::release);

        assertThat(opener.opened).hasSize(1);
    }

    @Test
    void aTunnelThatWasFullTakesStreamsAgain() throws Exception {
        TunnelPool pool = pool(2);
        acquire(pool, 4).forEach(Lease::release);
        assertThat(opener.opened).hasSize(2);
        acquire(pool, 5);

        assertThat(opener.opened).hasSize(3);
    }

    @Test
    void streamsSpreadOverTheTunnelsOfAKey() throws Exception {
        TunnelPool pool = pool(4);
        List<Lease> leases = acquire(pool, 5);
        leases.subList(0, 3).forEach(Lease::release);
        acquire(pool, 2);

        assertThat(stats(pool)).extracting(TunnelStats::streams).containsExactly(2, 2);
    }

    @Test
    void withOneStreamPerTunnelEveryStreamHasItsOwn() throws Exception {
        TunnelPool pool = pool(1);
        List<Lease> leases = acquire(pool, 3);
        assertThat(opener.opened).hasSize(3);
        leases.getFirst().release();
        acquire(pool, 1);

        assertThat(opener.opened).hasSize(3);
    }

    @Test
    void aTunnelWhosePeerGoesAwayIsReplacedAndClosesAfterItsStreams() throws Exception {
        TunnelPool pool = pool(100);
        Lease old = pool.acquire(KEY);
        FakeTunnel going = tunnelOf(old);
        going.goAway();
        Lease next = pool.acquire(KEY);

        assertThat(tunnelOf(next)).isNotSameAs(going);
        assertThat(going.drained).isFalse();
        old.release();
        assertThat(going.drained).isTrue();
        assertThat(stats(pool)).hasSize(1);
    }

    @Test
    void onItsOwnLoopAStaleTunnelIsNoticedBeforeItsNoticeArrives() throws Exception {
        TunnelPool pool = pool(100);
        Lease old = pool.acquire(KEY);
        tunnelOf(old).goAwayUnnoticed();

        assertThat(tunnelOf(pool.acquire(KEY)).isUsable()).isTrue();
        assertThat(opener.opened).hasSize(2);
    }

    @Test
    void aLeaseWhoseTunnelWentStaleMovesToAnotherOnTheSameLoop() throws Exception {
        TunnelPool pool = pool(1);
        acquire(pool, 1);
        Lease lease = pool.acquire(KEY);
        assertThat(lease.eventLoop()).isSameAs(second);
        opener.opened.get(1).goAwayUnnoticed();
        FakeTunnel replacement = tunnelOf(lease);

        assertThat(replacement.eventLoop()).isSameAs(second);
        assertThat(replacement).isSameAs(opener.opened.get(2));
        assertThat(opener.opened.get(1).drained).isTrue();
        lease.release();
        assertThat(stats(pool)).extracting(TunnelStats::streams).containsExactly(1, 0);
    }

    @Test
    void aPeerThatGoesAwayAgainAndAgainFailsTheLease() throws Exception {
        opener.hold();
        TunnelPool pool = pool(100);
        Lease lease = pool.acquire(KEY);
        opener.succeed().goAwayUnnoticed();
        Future<OutboundTunnel> tunnel = lease.tunnel();
        for (int i = 0; i < 3; i++) {
            assertThat(tunnel.isDone()).isFalse();
            FakeTunnel next = opener.succeedUnusable();
            assertThat(next.isUsable()).isFalse();
        }

        assertThat(tunnel.cause()).hasMessageContaining("unusable");
        assertThat(opener.waiting()).isZero();
        lease.release();
        assertThat(stats(pool)).isEmpty();
    }

    @Test
    void allWhoWaitShareOneAttempt() throws Exception {
        opener.hold();
        List<Lease> leases = acquire(pool(100), 50);
        List<Future<OutboundTunnel>> tunnels = leases.stream().map(Lease::tunnel).toList();
        assertThat(opener.waiting()).isEqualTo(1);
        assertThat(tunnels).noneMatch(Future::isDone);
        FakeTunnel tunnel = opener.succeed();

        assertThat(tunnels).allMatch(future -> future.getNow() == tunnel);
    }

    @Test
    void allWhoWaitShareItsFailureAtOnceAndTheNextTriesAnew() throws Exception {
        opener.hold();
        TunnelPool pool = pool(100);
        List<Lease> leases = acquire(pool, 50);
        opener.fail(HboneException.of(HboneException.Code.CONNECT_TIMEOUT, "timed out", null));

        assertThat(leases).allMatch(lease -> refusal(lease) == HboneException.Code.CONNECT_TIMEOUT);
        leases.forEach(Lease::release);
        assertThat(stats(pool)).isEmpty();
        Lease next = pool.acquire(KEY);
        opener.succeed();
        tunnelOf(next);
    }

    @Test
    void whoFindsTheAttemptFullStartsAnother() throws Exception {
        opener.hold();
        acquire(pool(2), 3);

        assertThat(opener.waiting()).isEqualTo(2);
    }

    @Test
    void oneWhoGivesUpDoesNotTakeTheTunnelFromTheOthers() throws Exception {
        opener.hold();
        List<Lease> leases = acquire(pool(100), 2);
        assertThat(leases.getFirst().tunnel().cancel(true)).isFalse();
        leases.getFirst().release();
        opener.succeed();

        tunnelOf(leases.getLast());
    }

    @Test
    void anOpenerThatThrowsFailsThoseWhoWait() throws Exception {
        TunnelPool pool =
                new TunnelPool(
                        settings(100),
                        TunnelLimits.DEFAULTS,
                        home,
                        List.of(home),
                        (key, loop) -> {
                            throw new IllegalStateException("broken");
                        });
        Lease lease = pool.acquire(KEY);

        assertThat(lease.tunnel().cause()).hasMessage("broken");
        lease.release();
        assertThat(stats(pool)).isEmpty();
    }

    @Test
    void aTunnelWithoutStreamsClosesAfterTheIdleTime() throws Exception {
        TunnelPool pool = pool(100);
        Lease lease = pool.acquire(KEY);
        time.advanceTimeBy(400, TimeUnit.SECONDS);
        time.runPendingTasks();
        FakeTunnel tunnel = tunnelOf(lease);
        assertThat(tunnel.drained).as("with a stream").isFalse();

        lease.release();
        time.advanceTimeBy(299, TimeUnit.SECONDS);
        time.runPendingTasks();
        assertThat(tunnel.drained).as("before its time").isFalse();

        time.advanceTimeBy(1, TimeUnit.SECONDS);
        time.runPendingTasks();
        assertThat(tunnel.drained).isTrue();
        assertThat(stats(pool)).isEmpty();
    }

    @Test
    void aNewStreamRestartsTheIdleTime() throws Exception {
        TunnelPool pool = pool(100);
        pool.acquire(KEY).release();
        time.advanceTimeBy(200, TimeUnit.SECONDS);
        time.runPendingTasks();
        pool.acquire(KEY).release();
        time.advanceTimeBy(200, TimeUnit.SECONDS);
        time.runPendingTasks();
        assertThat(opener.opened.getFirst().drained).isFalse();
        time.advanceTimeBy(100, TimeUnit.SECONDS);
        time.runPendingTasks();

        assertThat(opener.opened.getFirst().drained).isTrue();
    }

    @Test
    void aLongStreamKeepsItsTunnelWhileTheOverflowGoes() throws Exception {
        TunnelPool pool = pool(2);
        List<Lease> leases = acquire(pool, 3);
        leases.get(1).release();
        leases.get(2).release();
        time.advanceTimeBy(300, TimeUnit.SECONDS);
        time.runPendingTasks();

        assertThat(opener.opened).extracting(tunnel -> tunnel.drained).containsExactly(false, true);
        assertThat(tunnelOf(pool.acquire(KEY))).isSameAs(opener.opened.getFirst());
    }

    @Test
    void beyondTheLimitOfIdleTunnelsTheOneIdleForLongestCloses() throws Exception {
        TunnelPool pool = pool(100, new TunnelLimits(10, 10, 2));
        pool.acquire(key(1)).release();
        pool.acquire(key(2)).release();
        pool.acquire(key(1)).release();
        pool.acquire(key(3)).release();

        assertThat(opener.opened)
                .extracting(tunnel -> tunnel.drained)
                .containsExactly(false, true, false);
    }

    @Test
    void limitsRefuseTheNextTunnelAndNoStreamOfTheOthers() throws Exception {
        TunnelPool pool = pool(1, new TunnelLimits(2, 3, 10));
        List<Lease> leases = acquire(pool, 2);
        assertThatThrownBy(() -> pool.acquire(KEY))
                .isInstanceOfSatisfying(
                        HboneException.class,
                        refused ->
                                assertThat(refused.code()).isEqualTo(HboneException.Code.CONNECT))
                .hasMessageContaining("2 tunnels to");
        pool.acquire(key(2));
        assertThatThrownBy(() -> pool.acquire(key(3))).hasMessageContaining("3 tunnels of one pod");

        leases.getFirst().release();
        pool.acquire(KEY);
    }

    @Test
    void aLeaseCountsOnceHoweverOftenItIsReleased() throws Exception {
        TunnelPool pool = pool(2);
        Lease lease = pool.acquire(KEY);
        pool.acquire(KEY);
        lease.release();
        lease.release();

        assertThat(stats(pool)).extracting(TunnelStats::streams).containsExactly(1);
    }

    @Test
    void aDrainRefusesNewLeasesAndSaysGoAwayWhenStreamsHaveEnded() throws Exception {
        TunnelPool pool = pool(100);
        Lease busy = pool.acquire(KEY);
        pool.acquire(key(2)).release();
        Future<Void> gone = pool.drain();

        assertThatThrownBy(() -> pool.acquire(KEY)).hasMessage("pool draining");
        assertThat(opener.opened).extracting(tunnel -> tunnel.drained).containsExactly(false, true);
        assertThat(gone.isDone()).isFalse();
        assertThat(tunnelOf(busy).isUsable()).as("a lease given before may be used").isTrue();
        busy.release();
        assertThat(opener.opened.getFirst().drained).isTrue();
        assertThat(gone.isSuccess()).isTrue();
    }

    @Test
    void whoWaitsWhenADrainBeginsStillGetsTheTunnel() throws Exception {
        opener.hold();
        TunnelPool pool = pool(100);
        Lease waiting = pool.acquire(KEY);
        Lease gaveUp = pool.acquire(key(2));
        gaveUp.release();
        Future<Void> gone = pool.drain();
        FakeTunnel tunnel = opener.succeed();
        assertThat(tunnelOf(waiting)).isSameAs(tunnel);
        assertThat(opener.succeed().drained).as("nobody wants it").isTrue();
        waiting.release();

        assertThat(tunnel.drained).isTrue();
        assertThat(gone.isSuccess()).isTrue();
    }

    @Test
    void closeCutsEveryTunnel() throws Exception {
        TunnelPool pool = pool(1);
        List<Lease> leases = acquire(pool, 2);
        leases.getFirst().release();
        Future<Void> gone = pool.close();

        assertThat(opener.opened).allMatch(tunnel -> tunnel.closed);
        assertThat(gone.isSuccess()).isTrue();
        leases.getLast().release();
        assertThatThrownBy(() -> pool.acquire(KEY)).hasMessage("pool draining");
        assertThat(stats(pool)).isEmpty();
    }

    @Test
    void closeCutsEveryTunnelThoughItsLeasesComeBackOnTheSpot() throws Exception {
        TunnelPool pool = pool(1);
        List<Lease> leases = acquire(pool, 3);
        for (int i = 0; i < leases.size(); i++) {
            opener.opened.get(i).onClose = leases.get(i)::release;
        }
        Future<Void> gone = pool.close();

        assertThat(opener.opened).hasSize(3).allMatch(tunnel -> tunnel.closed);
        assertThat(gone.isSuccess()).isTrue();
        assertThat(stats(pool)).isEmpty();
    }

    @Test
    void closeRefusesThoseWhoWaitAndClosesWhatOpensLate() throws Exception {
        opener.hold();
        TunnelPool pool = pool(100);
        Lease lease = pool.acquire(KEY);
        pool.close();

        assertThat(refusal(lease)).isEqualTo(HboneException.Code.DRAINING);
        FakeTunnel late = opener.succeed();
        time.runPendingTasks();
        assertThat(late.closed).isTrue();
        lease.release();
    }

    @Test
    void statsNameEveryTunnelWithItsState() throws Exception {
        TunnelPool pool = pool(1);
        Lease going = pool.acquire(KEY);
        pool.acquire(KEY);
        opener.hold();
        pool.acquire(KEY);
        tunnelOf(going).goAway();

        assertThat(stats(pool))
                .containsExactly(
                        new TunnelStats(KEY, TunnelStats.State.RETIRED, 1, 0),
                        new TunnelStats(KEY, TunnelStats.State.OPEN, 1, 1),
                        new TunnelStats(KEY, TunnelStats.State.OPENING, 1, 2));
    }

    @Test
    void leasesAreGivenOnThePoolsLoopOnly() {
        DefaultEventLoop elsewhere = new DefaultEventLoop();
        try {
            TunnelPool pool =
                    new TunnelPool(
                            settings(1),
                            TunnelLimits.DEFAULTS,
                            elsewhere,
                            List.of(elsewhere),
                            opener);
            assertThatThrownBy(() -> pool.acquire(KEY)).isInstanceOf(IllegalStateException.class);
        } finally {
            elsewhere.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
