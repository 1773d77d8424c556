package io.ztunnel.redirection;

import static io.ztunnel.redirection.FakeProxies.place;
import static io.ztunnel.redirection.FakeProxies.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.linux.LinuxException;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.PodLedger.Place;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One test for each row of the protocol's table. */
class PodLedgerTest {
    private static final ZdsReply ACK = new ZdsReply.Ack();

    private final FakeProxies proxies = new FakeProxies();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 7);
    private final PodLedger ledger = new PodLedger(proxies, nanos::get, Duration.ofSeconds(5));

    @BeforeEach
    void connect() {
        ledger.connected();
    }

    private ZdsReply add(String uid, Place place) {
        return ledger.handle(new ZdsMessage.Add(uid, pod(uid)), Optional.of(place));
    }

    private ZdsReply keep(String uid) {
        return ledger.handle(new ZdsMessage.Keep(uid), Optional.empty());
    }

    private ZdsReply del(String uid) {
        return ledger.handle(new ZdsMessage.Del(uid), Optional.empty());
    }

    private ZdsReply snapshotSent() {
        return ledger.handle(new ZdsMessage.SnapshotSent(), Optional.empty());
    }

    private void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static boolean closed(Place place) {
        return ((FakeProxies.Network) place.network()).closed;
    }

    @Test
    void anAddOfANewPodStartsItsProxy() {
        Place place = place(1);

        assertThat(add("a", place)).isEqualTo(ACK);

        assertThat(proxies.events).containsExactly("start a");
        assertThat(closed(place)).isFalse();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 1, 0));
        assertThat(ledger.pods())
                .containsExactly(
                        new PodStatus(pod("a"), PodStatus.State.UP, proxies.running.get("a")));
    }

    @Test
    void anAddOfARunningPodInTheSameNamespaceChangesNothing() {
        Place second = place(1);
        add("a", place(1));

        assertThat(add("a", second)).isEqualTo(ACK);

        assertThat(proxies.events).containsExactly("start a");
        assertThat(closed(second)).isTrue();
    }

    @Test
    void anAddOfARunningPodInAnotherNamespaceReplacesItsProxyAtOnce() {
        Place first = place(1);
        Place second = place(2);
        add("a", first);

        assertThat(add("a", second)).isEqualTo(ACK);

        assertThat(proxies.events).containsExactly("start a", "IMMEDIATE a", "start a");
        assertThat(closed(first)).isTrue();
        assertThat(closed(second)).isFalse();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 2, 1));
    }

    @Test
    void aPodThatCannotBeStartedIsRefusedAndTriedAgainAfterFiveSeconds() {
        Place place = place(1);
        proxies.failures.put("a", new IOException("port 15008 is taken"));

        assertThat(add("a", place))
                .isEqualTo(
                        new ZdsReply.Nack(
                                "failed to start proxy of pod ns/name-a (a): java.io.IOException:"
                                        + " port 15008 is taken"));
        snapshotSent();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(0, 1, 0, 0));
        assertThat(ledger.ready()).isFalse();
        assertThat(ledger.untilRetry()).contains(Duration.ofSeconds(5));

        advance(Duration.ofMillis(4_999));
        ledger.retryOne();
        assertThat(proxies.events).containsExactly("fail a");

        advance(Duration.ofMillis(1));
        assertThat(ledger.untilRetry()).contains(Duration.ZERO);
        ledger.retryOne();
        assertThat(proxies.events).containsExactly("fail a", "fail a");
        assertThat(ledger.untilRetry()).contains(Duration.ofSeconds(5));

        proxies.failures.clear();
        advance(Duration.ofSeconds(6));
        ledger.retryOne();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 1, 0));
        assertThat(ledger.ready()).isTrue();
        assertThat(ledger.untilRetry()).isEmpty();
        assertThat(closed(place)).isFalse();
    }

    @Test
    void pendingPodsAreTriedOneAtATimeSoThatNoAnswerWaitsForAll() {
        for (String uid : new String[] {"a", "b", "c"}) {
            proxies.failures.put(uid, new IOException("taken"));
            add(uid, place(uid.charAt(0)));
        }
        proxies.events.clear();
        advance(Duration.ofSeconds(5));

        ledger.retryOne();
        assertThat(proxies.events).containsExactly("fail a");
        ledger.retryOne();
        ledger.retryOne();
        ledger.retryOne();
        assertThat(proxies.events).containsExactly("fail a", "fail b", "fail c");
    }

    @Test
    void aLaterAddOfAPendingPodTakesItsPlace() {
        Place first = place(1);
        proxies.failures.put("a", new IOException("taken"));
        add("a", first);
        proxies.failures.clear();

        assertThat(add("a", place(1))).isEqualTo(ACK);

        assertThat(closed(first)).isTrue();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 1, 0));
    }

    @Test
    void whatIsNoNamespaceAtAllIsRefusedAndForgotten() throws IOException {
        Place place = place(1);
        try (var file = NetworkNamespace.open(Path.of("/dev/null"))) {
            file.call(() -> 1);
        } catch (LinuxException e) {
            proxies.failures.put("a", e);
        }

        assertThat(add("a", place)).isInstanceOf(ZdsReply.Nack.class);

        assertThat(closed(place)).isTrue();
        assertThat(ledger.counts().pending()).isZero();
    }

    @Test
    void aBrokenFactoryRefusesThePodOnly() {
        PodLedger broken =
                new PodLedger(
                        (pod, network) -> {
                            throw new IllegalStateException("bug");
                        },
                        nanos::get,
                        Duration.ofSeconds(5));
        broken.connected();

        assertThat(broken.handle(new ZdsMessage.Add("a", pod("a")), Optional.of(place(1))))
                .isInstanceOf(ZdsReply.Nack.class);
    }

    @Test
    void anAddWithoutItsInfoIsFatal() {
        Place place = place(1);

        assertThat(ledger.handle(new ZdsMessage.Add("a", null), Optional.of(place)))
                .isInstanceOf(ZdsReply.Fatal.class);

        assertThat(closed(place)).isTrue();
    }

    @Test
    void theSnapshotStopsPodsItDoesNotName() {
        add("named", place(1));
        add("kept", place(2));
        add("gone", place(3));
        snapshotSent();
        proxies.events.clear();

        ledger.disconnected();
        ledger.connected();
        assertThat(add("named", place(1))).isEqualTo(ACK);
        assertThat(keep("kept")).isEqualTo(ACK);
        assertThat(keep("unknown")).isEqualTo(ACK);
        assertThat(proxies.events).isEmpty();
        assertThat(snapshotSent()).isEqualTo(ACK);

        assertThat(proxies.events).containsExactly("IMMEDIATE gone");
        assertThat(ledger.counts()).isEqualTo(new PodCounts(2, 0, 3, 1));
        assertThat(ledger.ready()).isTrue();
    }

    @Test
    void aDelBeforeTheSnapshotStopsThePodAtItsEndOnly() {
        add("a", place(1));

        assertThat(del("a")).isEqualTo(ACK);
        assertThat(proxies.events).containsExactly("start a");

        snapshotSent();
        assertThat(proxies.events).containsExactly("start a", "IMMEDIATE a");
    }

    @Test
    void addDelAddBeforeTheSnapshotKeepsThePod() {
        add("a", place(1));
        del("a");
        add("a", place(1));
        snapshotSent();

        assertThat(proxies.events).containsExactly("start a");
    }

    @Test
    void aDelAfterTheSnapshotStopsThePodAtOnce() {
        Place place = place(1);
        add("a", place);
        snapshotSent();

        assertThat(del("a")).isEqualTo(ACK);
        assertThat(del("a")).isEqualTo(ACK);
        assertThat(del("unknown")).isEqualTo(ACK);

        assertThat(proxies.events).containsExactly("start a", "IMMEDIATE a");
        assertThat(closed(place)).isTrue();
        assertThat(add("a", place(1))).isEqualTo(ACK);
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 2, 1));
    }

    @Test
    void aDelDropsAPendingPodBeforeAndAfterTheSnapshot() {
        proxies.failures.put("a", new IOException("taken"));
        proxies.failures.put("b", new IOException("taken"));
        Place before = place(1);
        Place after = place(2);
        add("a", before);
        del("a");
        snapshotSent();
        assertThat(ledger.ready()).isTrue();

        add("b", after);
        assertThat(ledger.ready()).isFalse();
        del("b");

        assertThat(ledger.ready()).isTrue();
        assertThat(closed(before)).isTrue();
        assertThat(closed(after)).isTrue();
    }

    @Test
    void aKeepAfterTheSnapshotIsFatal() {
        snapshotSent();

        assertThat(keep("a")).isInstanceOf(ZdsReply.Fatal.class);
    }

    @Test
    void aSecondSnapshotIsFatal() {
        snapshotSent();

        assertThat(snapshotSent()).isInstanceOf(ZdsReply.Fatal.class);
    }

    @Test
    void aNewConnectionForgetsPendingPodsAndKeepsRunningOnes() {
        Place pending = place(2);
        proxies.failures.put("b", new IOException("taken"));
        add("a", place(1));
        add("b", pending);
        snapshotSent();

        ledger.disconnected();
        assertThat(ledger.ready()).isFalse();
        ledger.connected();

        assertThat(closed(pending)).isTrue();
        assertThat(ledger.counts()).isEqualTo(new PodCounts(1, 0, 1, 0));
        assertThat(ledger.ready()).isFalse();
        assertThat(proxies.events).containsExactly("start a", "fail b");
    }

    @Test
    void aGracefulDrainCoversAllPodsAndCanBeHurriedUp() {
        proxies.slow.add("a");
        proxies.slow.add("b");
        add("a", place(1));
        add("b", place(2));
        add("c", place(3));
        snapshotSent();

        var done = ledger.drain(PodProxy.Drain.GRACEFUL);
        assertThat(proxies.events).contains("GRACEFUL a", "GRACEFUL b", "GRACEFUL c");
        assertThat(done).isNotDone();
        assertThat(ledger.ready()).isFalse();

        ledger.drain(PodProxy.Drain.IMMEDIATE);
        assertThat(proxies.events).contains("IMMEDIATE a", "IMMEDIATE b");
        assertThat(done).isDone();
    }
}
