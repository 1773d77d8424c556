package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.NameSource.UnansweredException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/** Waiting for names: who shares a request, how long an answer counts, and what is refused. */
class OnDemandTest implements OnDemand.Server {
    private final AtomicLong now = new AtomicLong();
    private final ManualControl control = new ManualControl();
    private final Subscription held = new Subscription(ResourceType.ADDRESS, 1 << 20, true);
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final OnDemand names = new OnDemand(held, control, this, now::get);

    @AfterEach
    void stop() {
        control.shutdownNow();
    }

    @Override
    public void subscribe(Collection<String> wanted) {
        wanted.forEach(name -> sent.add("+" + name));
    }

    @Override
    public void unsubscribe(Collection<String> released) {
        released.forEach(name -> sent.add("-" + name));
    }

    private CompletableFuture<Void> fetch(String... wanted) throws Exception {
        CompletableFuture<Void> answer = names.fetch(Set.of(wanted)).toCompletableFuture();
        Object _ = control.ask(() -> "sent");
        return answer;
    }

    private Collection<String> removed(String... gone) throws Exception {
        DeltaResponse response =
                new DeltaResponse(
                        ResourceType.ADDRESS.url(), "n", List.of(), List.of(gone), List.of(), 0);
        return control.ask(() -> names.answered(response));
    }

    @Test
    void thoseWhoWantANameShareOneRequestAndItsAnswer() throws Exception {
        CompletableFuture<Void> first = fetch("/10.0.0.1");
        CompletableFuture<Void> second = fetch("/10.0.0.1", "/10.0.0.2");
        assertThat(sent).containsExactly("+/10.0.0.1", "+/10.0.0.2");
        assertThat(removed("/10.0.0.1")).containsExactly("/10.0.0.1");
        assertThat(first).isCompleted();
        assertThat(second).as("one of two").isNotDone();
        assertThat(removed("/10.0.0.2")).containsExactly("/10.0.0.2");
        assertThat(second).isCompleted();
    }

    @Test
    void anAnswerCountsForAWhile() throws Exception {
        CompletableFuture<Void> _ = fetch("/10.0.0.1");
        Collection<String> _ = removed("/10.0.0.1");
        now.addAndGet(OnDemand.FRESH.toNanos() - 1);
        assertThat(fetch("/10.0.0.1")).isCompleted();
        assertThat(sent).hasSize(1);
        now.addAndGet(1);
        assertThat(fetch("/10.0.0.1")).isNotDone();
        assertThat(sent).containsExactly("+/10.0.0.1", "+/10.0.0.1");
    }

    @Test
    void whatWasToldMeanwhileIsNotAskedFor() throws Exception {
        control.ask(
                () -> {
                    held.accepted("ns/s", "1");
                    return "held";
                });
        assertThat(fetch("ns/s")).isCompleted();
        assertThat(sent).isEmpty();
    }

    @Test
    void withoutAnAnswerTheWaitEndsAndTheNameIsGivenBack() throws Exception {
        CompletableFuture<Void> wait = fetch("/10.0.0.1");
        assertThat(control.fireNext()).isEqualTo(Duration.ofSeconds(5));
        assertThat(wait)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnansweredException.class)
                .withMessageContaining("/10.0.0.1")
                .withMessageContaining("5 s");
        assertThat(sent).containsExactly("+/10.0.0.1", "-/10.0.0.1");
        assertThat(fetch("/10.0.0.1")).isNotDone();
        assertThat(sent).hasSize(3);
    }

    @Test
    void namesThatAreAskedForAtATimeAreBounded() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            assertThat(names.fetch(Set.of("/" + i)).toCompletableFuture()).isNotDone();
        }
        assertThat(fetch("/one-more"))
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("1000 other names");
        assertThat(sent).hasSize(1_000);
        assertThat(fetch("/0")).as("joins those who wait").isNotDone();
        Collection<String> _ = removed("/0");
        assertThat(fetch("/one-more")).isNotDone();
    }

    @Test
    void thoseWhoWaitAreBounded() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            CompletableFuture<Void> _ = names.fetch(Set.of("/a")).toCompletableFuture();
        }
        assertThat(fetch("/a")).isCompletedExceptionally();
        Collection<String> _ = removed("/a");
        now.addAndGet(OnDemand.FRESH.toNanos());
        assertThat(fetch("/a")).as("all have left").isNotDone();
    }

    @Test
    void theEndFailsEveryWaitAndEveryFurtherOne() throws Exception {
        CompletableFuture<Void> wait = fetch("/a");
        names.close();
        assertThat(wait).isCompletedExceptionally();
        assertThat(fetch("/b")).isCompletedExceptionally();
    }
}
