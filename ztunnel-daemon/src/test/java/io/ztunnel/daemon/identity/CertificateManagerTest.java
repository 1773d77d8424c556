package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

class CertificateManagerTest {
    private static final Duration DAY = Duration.ofHours(24);
    private static final Identity WEB = identity("web");

    private final ManualControl control = new ManualControl();
    private final ScriptedCa ca = new ScriptedCa();

    /** Draws the middle: no delay is shortened or lengthened. */
    private double draw = 0.5;

    private final RandomGenerator random =
            new RandomGenerator() {
                @Override
                public long nextLong() {
                    return 0;
                }

                @Override
                public double nextDouble() {
                    return draw;
                }
            };

    private final CertificateManager manager =
            new CertificateManager(ca, control, control.clock(), random);

    private static Identity identity(String account) {
        return new Identity("cluster.local", "ns", account);
    }

    private CompletableFuture<WorkloadCertificate> fetch(Identity identity) {
        return fetch(identity, Priority.REAL_TIME);
    }

    private CompletableFuture<WorkloadCertificate> fetch(Identity identity, Priority priority) {
        CompletableFuture<WorkloadCertificate> result = new CompletableFuture<>();
        CompletionStage<WorkloadCertificate> stage = manager.fetch(identity, priority);
        stage.whenComplete(
                (certificate, failure) -> {
                    if (failure != null) {
                        result.completeExceptionally(failure);
                    } else {
                        result.complete(certificate);
                    }
                });
        control.runAll();
        return result;
    }

    private void issue() {
        ca.last().issue(control.now(), DAY);
        control.runAll();
    }

    private void refuse(String reason) {
        ca.last().refuse(reason);
        control.runAll();
    }

    private static @Nullable String failure(CompletableFuture<?> future) {
        return future.isCompletedExceptionally() ? future.exceptionNow().getMessage() : null;
    }

    private String state(Identity identity) {
        return manager.snapshot().stream()
                .filter(status -> status.identity().equals(identity))
                .map(CertificateStatus::state)
                .findFirst()
                .orElse("none");
    }

    @Test
    void allWhoWaitShareOneRequestAndOneObject() {
        List<CompletableFuture<WorkloadCertificate>> waiters = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiters.add(fetch(WEB));
        }
        assertThat(ca.calls).hasSize(1);
        assertThat(state(WEB)).isEqualTo("Initializing");
        assertThat(manager.available(WEB)).isNull();
        assertThat(waiters).noneMatch(CompletableFuture::isDone);

        issue();

        WorkloadCertificate issued = manager.available(WEB);
        assertThat(issued).isNotNull();
        assertThat(waiters).allSatisfy(waiter -> assertThat(waiter.resultNow()).isSameAs(issued));
        assertThat(fetch(WEB).resultNow()).isSameAs(issued);
        assertThat(ca.calls).hasSize(1);
        assertThat(state(WEB)).isEqualTo("Available");
    }

    @Test
    void atMostEightRequestsAreUnderWay() {
        for (int i = 0; i < 20; i++) {
            fetch(identity("sa" + i));
        }
        assertThat(ca.underWay()).isEqualTo(8);
        ca.calls.getFirst().refuse("no");
        control.runAll();
        assertThat(ca.underWay()).isEqualTo(8);
        assertThat(ca.calls).hasSize(9);
    }

    private List<String> startedAfterTheFirstEight() {
        for (int i = 0; i < ca.calls.size(); i++) {
            ca.calls.get(i).issue(control.now(), DAY);
            control.runAll();
        }
        return ca.calls.stream().skip(8).map(call -> call.identity().serviceAccount()).toList();
    }

    @Test
    void aConnectionOvertakesWarmUps() {
        for (int i = 0; i < 10; i++) {
            manager.prefetch(identity("warm" + i));
        }
        fetch(identity("urgent"));
        assertThat(startedAfterTheFirstEight()).containsExactly("urgent", "warm8", "warm9");
    }

    @Test
    void aWarmUpThatAConnectionWaitsForIsRaised() {
        for (int i = 0; i < 11; i++) {
            manager.prefetch(identity("warm" + i));
        }
        fetch(identity("warm10"));
        fetch(identity("warm10"), Priority.WARMUP);
        assertThat(startedAfterTheFirstEight()).containsExactly("warm10", "warm8", "warm9");
    }

    @Test
    void tooManyWarmUpsAreDropped() {
        for (int i = 0; i < 300; i++) {
            manager.prefetch(identity("warm" + i));
        }
        control.runAll();
        assertThat(manager.snapshot()).hasSize(8 + 256);
        fetch(identity("warm299"));
        assertThat(state(identity("warm299"))).isEqualTo("Initializing");
    }

    @Test
    void aFailureIsToldAtOnceAndStoredUntilABackgroundTrySucceeds() {
        CompletableFuture<WorkloadCertificate> first = fetch(WEB);
        refuse("signing gRPC error (UNAVAILABLE): down");
        assertThat(failure(first)).isEqualTo("signing gRPC error (UNAVAILABLE): down");
        assertThat(state(WEB)).isEqualTo("Unavailable: signing gRPC error (UNAVAILABLE): down");

        assertThat(failure(fetch(WEB))).isEqualTo("signing gRPC error (UNAVAILABLE): down");
        assertThat(ca.calls).as("asking again does not hurry the CA").hasSize(1);

        control.advance(Duration.ofMillis(1100));
        assertThat(ca.calls).hasSize(2);
        issue();
        assertThat(fetch(WEB).resultNow()).isSameAs(manager.available(WEB));
    }

    @Test
    void triesAreSpacedByDoublingDelaysUpToTheCap() {
        fetch(WEB);
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Instant failedAt = control.now();
            int before = ca.calls.size();
            refuse("down");
            while (ca.calls.size() == before) {
                control.advance(Duration.ofMillis(100));
            }
            delays.add(Duration.between(failedAt, control.now()).toSeconds());
        }
        assertThat(delays).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 150L, 150L);
    }

    @Test
    void delaysAreSpreadByAFifth() {
        draw = 0;
        assertThat(Backoff.after(1, random)).isEqualTo(Duration.ofMillis(800));
        assertThat(Backoff.after(1000, random)).isEqualTo(Duration.ofMinutes(2));
        draw = 1;
        assertThat(Backoff.after(1, random)).isEqualTo(Duration.ofMillis(1200));
        assertThat(Backoff.after(4, random)).isEqualTo(Duration.ofMillis(9600));
    }

    @Test
    void successForgetsTheFailures() {
        fetch(WEB);
        refuse("down");
        control.advance(Duration.ofMillis(1100));
        refuse("down");
        control.advance(Duration.ofMillis(2100));
        issue();
        control.advance(DAY.dividedBy(2).plusSeconds(1));
        assertThat(ca.underWay()).isEqualTo(1);
        refuse("down");
        control.advance(Duration.ofMillis(1100));
        assertThat(ca.underWay()).as("the delay begins at a second again").isEqualTo(1);
    }

    @Test
    void oneIdentitysFailuresDelayNoOther() {
        fetch(WEB);
        refuse("down");
        fetch(identity("other"));
        assertThat(ca.underWay()).isEqualTo(1);
        assertThat(ca.last().identity()).isEqualTo(identity("other"));
    }

    @Test
    void aCertificateIsRenewedAtHalfOfItsLife() {
        fetch(WEB);
        ca.last().issue(control.now().minus(Duration.ofMinutes(2)), DAY.plusMinutes(2));
        control.runAll();
        WorkloadCertificate first = manager.available(WEB);

        control.advance(Duration.ofHours(11).plusMinutes(58));
        assertThat(ca.calls).hasSize(1);
        control.advance(Duration.ofMinutes(2));
        assertThat(ca.calls).hasSize(2);
        assertThat(manager.available(WEB)).as("the old one serves meanwhile").isSameAs(first);
        issue();
        assertThat(manager.available(WEB)).isNotSameAs(first);
    }

    @Test
    void theOldCertificateServesUntilItExpires() {
        fetch(WEB);
        ca.last().issue(control.now(), Duration.ofMinutes(1));
        control.runAll();
        WorkloadCertificate held = Objects.requireNonNull(manager.available(WEB));
        control.advance(Duration.ofSeconds(31));
        int tries = 0;
        while (control.now().isBefore(held.notAfter())) {
            if (ca.underWay() > 0) {
                tries++;
                refuse("down");
                assertThat(state(WEB)).isEqualTo("Available");
                assertThat(fetch(WEB).resultNow()).isSameAs(held);
            }
            control.advance(Duration.ofMillis(500));
        }
        assertThat(tries).as("1, 2, 4, 8 s apart within 30 s").isEqualTo(5);
        control.advance(Duration.ofSeconds(1));
        assertThat(ca.underWay()).as("a last try when it expires").isEqualTo(1);
        refuse("still down");
        assertThat(state(WEB)).isEqualTo("Unavailable: still down");
        assertThat(manager.available(WEB)).isNull();
        assertThat(failure(fetch(WEB))).isEqualTo("still down");
    }

    @Test
    void anExpiredCertificateFromTheCaDoesNotCauseATightLoop() {
        fetch(WEB);
        for (int i = 0; i < 5; i++) {
            ca.last().issue(control.now().minus(Duration.ofDays(2)), DAY);
            control.runAll();
            assertThat(ca.underWay()).isZero();
            control.advance(Duration.ofMillis(1010));
            assertThat(ca.underWay()).isEqualTo(1);
        }
    }

    @Test
    void aJumpOfTheClockIsNoticedWithinHalfAMinute() {
        fetch(WEB);
        issue();
        control.jump(Duration.ofHours(13));
        control.advance(Duration.ofSeconds(31));
        assertThat(ca.calls).hasSize(2);
    }

    @Test
    void datesTheWrongWayAroundRenewAtTheEnd() {
        Instant now = control.now();
        assertThat(ScriptedCa.certificate(WEB, now, now.minusSeconds(5)).refreshAt())
                .isEqualTo(now.minusSeconds(5));
        assertThat(ScriptedCa.certificate(WEB, now, now.plusSeconds(10)).refreshAt())
                .isEqualTo(now.plusSeconds(5));
    }

    @Test
    void aForgottenIdentityIsGoneAndItsWaitersAreTold() {
        CompletableFuture<WorkloadCertificate> waiter = fetch(WEB);
        manager.forget(WEB);
        control.runAll();
        assertThat(failure(waiter)).isEqualTo("the identity is no longer needed");
        assertThat(manager.snapshot()).isEmpty();

        issue();
        assertThat(manager.snapshot()).as("the late answer is thrown away").isEmpty();
        control.advance(DAY);
        assertThat(ca.calls).as("and nothing is renewed").hasSize(1);
    }

    @Test
    void aRequestUnderWayServesThoseWhoComeBackAfterAForget() {
        fetch(WEB);
        manager.forget(WEB);
        CompletableFuture<WorkloadCertificate> again = fetch(WEB);
        assertThat(ca.calls).hasSize(1);
        issue();
        assertThat(again.resultNow()).isSameAs(manager.available(WEB));
    }

    @Test
    void aFetchAfterForgettingAnAvailableCertificateAsksAnew() {
        fetch(WEB);
        issue();
        WorkloadCertificate first = manager.available(WEB);
        manager.forget(WEB);
        control.runAll();
        assertThat(manager.available(WEB)).isNull();
        CompletableFuture<WorkloadCertificate> again = fetch(WEB);
        issue();
        assertThat(again.resultNow()).isNotSameAs(first);
    }

    @Test
    void theSnapshotIsSortedByIdentity() {
        fetch(identity("b"));
        fetch(identity("a"));
        fetch(identity("c"));
        assertThat(manager.snapshot())
                .extracting(status -> status.identity().serviceAccount())
                .containsExactly("a", "b", "c");
    }

    @Test
    void aClientThatThrowsIsAFailureLikeAnyOther() {
        CertificateManager broken =
                new CertificateManager(
                        new CertificateAuthorityClient() {
                            @Override
                            public CompletionStage<WorkloadCertificate> request(Identity identity) {
                                throw new IllegalStateException("bug");
                            }

                            @Override
                            public void close() {}
                        },
                        control,
                        control.clock(),
                        random);
        CompletionStage<WorkloadCertificate> result = broken.fetch(WEB, Priority.REAL_TIME);
        control.runAll();
        assertThat(failure(result.toCompletableFuture())).contains("bug");
    }

    @Test
    void closingFailsWaitersAndClosesTheClient() {
        CompletableFuture<WorkloadCertificate> waiter = fetch(WEB);
        manager.close();
        control.runAll();
        assertThat(failure(waiter)).isEqualTo("the identity is no longer needed");
        assertThat(ca.closed).isTrue();
        assertThat(failure(fetch(identity("late")))).isNotNull();
        control.shutdown();
        assertThat(failure(fetch(identity("later")))).isNotNull();
    }
}
