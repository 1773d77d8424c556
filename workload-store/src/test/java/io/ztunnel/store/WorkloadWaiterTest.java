package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;

class WorkloadWaiterTest {
    private static final PodReference POD = new PodReference("p", "ns1", "default");
    private static final Duration LONG = Duration.ofMinutes(10);

    private final MeshStore store = new MeshStore("n1");
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final WorkloadWaiter waiter = new WorkloadWaiter(store, scheduler, 2);

    WorkloadWaiterTest() {
        scheduler.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    private void put(MeshFixture.WorkloadBuilder workload) {
        store.apply(MeshUpdate.builder().workload(workload.build()).build());
    }

    @Test
    void aKnownPodIsThereAtOnce() {
        put(pod("p"));
        assertThat(waiter.await(POD, LONG)).isCompleted();
        assertThat(waiter.waiting()).isZero();
    }

    @Test
    void endsWithTheBatchThatBringsThePod() {
        CompletableFuture<Workload> first = waiter.await(POD, LONG);
        CompletableFuture<Workload> second = waiter.await(POD, LONG);
        put(pod("other"));
        assertThat(first).isNotDone();
        put(pod("p"));
        assertThat(first).isCompletedWithValueMatching(w -> w.name().equals("p"));
        assertThat(second).isCompleted();
        assertThat(waiter.waiting()).isZero();
        assertThat(scheduler.getQueue()).isEmpty();
    }

    @Test
    void endsWithItsDeadline() {
        CompletableFuture<Workload> wait = waiter.await(POD, Duration.ofMillis(1));
        await().until(wait::isDone);
        assertThat(wait)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(WorkloadWaiter.UnknownWorkloadException.class)
                .withMessageContaining("ns1/p");
        assertThat(waiter.waiting()).isZero();
    }

    @Test
    void aCancelledWaitLeavesNothingBehind() {
        waiter.await(POD, LONG).cancel(false);
        assertThat(waiter.waiting()).isZero();
        assertThat(scheduler.getQueue()).isEmpty();
    }

    @Test
    void tooManyWaitsFailAtOnce() {
        CompletableFuture<Workload> first = waiter.await(POD, LONG);
        CompletableFuture<Workload> _ = waiter.await(POD, LONG);
        assertThat(waiter.await(POD, LONG)).isCompletedExceptionally();
        first.cancel(false);
        assertThat(waiter.await(POD, LONG)).isNotDone();
    }

    @Test
    void closingFailsEveryWait() {
        CompletableFuture<Workload> wait = waiter.await(POD, LONG);
        waiter.close();
        assertThat(wait).isCompletedExceptionally();
        assertThat(waiter.waiting()).isZero();
    }

    @Test
    void aSchedulerThatIsGoneFailsTheWait() {
        scheduler.shutdownNow();
        assertThat(waiter.await(POD, LONG)).isCompletedExceptionally();
        assertThat(waiter.waiting()).isZero();
    }
}
