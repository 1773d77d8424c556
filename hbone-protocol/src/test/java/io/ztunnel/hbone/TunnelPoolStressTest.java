package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many connections on several loops at once; the fakes fail when used outside their loop. */
@Timeout(60)
final class TunnelPoolStressTest {
    private final List<EventLoop> loops =
            List.of(new DefaultEventLoop(), new DefaultEventLoop(), new DefaultEventLoop());
    private final FakeOpener opener = new FakeOpener();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    @AfterEach
    void stopLoops() {
        loops.forEach(loop -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS));
        loops.forEach(loop -> loop.terminationFuture().syncUninterruptibly());
    }

    private TunnelPool pool(int maxStreams) {
        return new TunnelPool(
                TunnelPoolTest.settings(maxStreams),
                TunnelLimits.DEFAULTS,
                loops.getFirst(),
                loops,
                opener);
    }

    /** A connection that goes the way of a real one, and is done when its lease is back. */
    private void connect(TunnelPool pool, TunnelKey key, Runnable whenUp) {
        loops.getFirst()
                .execute(
                        () -> {
                            try {
                                Lease lease = pool.acquire(key);
                                lease.eventLoop().execute(() -> use(lease, whenUp));
                            } catch (HboneException e) {
                                failed.incrementAndGet();
                            }
                        });
    }

    private void use(Lease lease, Runnable whenUp) {
        lease.tunnel()
                .addListener(
                        up -> {
                            assertThat(lease.eventLoop().inEventLoop()).isTrue();
                            if (up.isSuccess()) {
                                whenUp.run();
                                served.incrementAndGet();
                            } else {
                                failed.incrementAndGet();
                            }
                            lease.release();
                        });
    }

    private void awaitIdle(TunnelPool pool, int connections) {
        await().until(() -> served.get() + failed.get() == connections);
        await().until(() -> pool.stats().get().stream().allMatch(tunnel -> tunnel.streams() == 0));
    }

    @Test
    void oneHundredConnectionsFitOneTunnel() {
        TunnelPool pool = pool(101);
        for (int i = 0; i < 100; i++) {
            connect(pool, TunnelPoolTest.key(1), () -> {});
        }
        awaitIdle(pool, 100);

        assertThat(served).hasValue(100);
        assertThat(opener.opened).hasSize(1);
    }

    @Test
    void oneHundredKeysHaveOneHundredTunnels() {
        TunnelPool pool = pool(100);
        for (int i = 1; i <= 100; i++) {
            connect(pool, TunnelPoolTest.key(i), () -> {});
        }
        awaitIdle(pool, 100);

        assertThat(served).hasValue(100);
        assertThat(opener.opened).hasSize(100);
    }

    @Test
    void threeHundredConnectionsOverThreeKeysHaveThreeTunnels() {
        TunnelPool pool = pool(100);
        for (int i = 0; i < 300; i++) {
            connect(pool, TunnelPoolTest.key(1 + i % 3), () -> {});
        }
        awaitIdle(pool, 300);

        assertThat(served).hasValue(300);
        assertThat(opener.opened).hasSize(3);
    }

    @Test
    void peersThatGoAwayAllTheTimeCostNoLeaseAndLeaveNoTunnel() throws Exception {
        TunnelPool pool = pool(3);
        Random random = new Random(42);
        int connections = 5_000;
        for (int i = 0; i < connections; i++) {
            connect(pool, TunnelPoolTest.key(1 + i % 2), () -> {});
            if (random.nextInt(4) == 0 && !opener.opened.isEmpty()) {
                FakeTunnel tunnel = opener.opened.get(random.nextInt(opener.opened.size()));
                tunnel.eventLoop().execute(tunnel::goAway);
            }
        }
        awaitIdle(pool, connections);
        pool.drain().get(20, TimeUnit.SECONDS);

        assertThat(failed.get()).as("only repeated bad luck fails a lease").isLessThan(50);
        await().until(() -> opener.opened.stream().allMatch(tunnel -> tunnel.drained));
        assertThat(pool.stats().get()).isEmpty();
    }
}
