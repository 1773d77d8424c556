package io.ztunnel.xds;

import io.ztunnel.store.NameSource;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Names that somebody waits for. Those who want one name share one request and its answer, which
 * counts for {@link #FRESH}: nobody who dials an address outside the mesh again and again asks
 * again each time.
 *
 * <p>The server is subscribed to what we hold and to what is waited for, and to nothing else: a
 * name that turns out not to exist, or goes, is given back. Otherwise the server would not answer
 * when it is asked for the next time.
 */
final class OnDemand implements NameSource {
    static final Duration PATIENCE = Duration.ofSeconds(5);
    static final Duration FRESH = Duration.ofSeconds(10);

    private static final int MAX_NAMES = 1_000;
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_FRESH = 10_000;

    /** What the client offers of its stream. Called on the control thread. */
    interface Server {
        /** No-op while there is no stream: its first request will name what is wanted. */
        void subscribe(Collection<String> names);

        void unsubscribe(Collection<String> names);
    }

    private static final class Wanted {
        private final CompletableFuture<Void> answer = new CompletableFuture<>();

        /** Control thread only. */
        private @Nullable Future<?> limit;
    }

    private final Subscription subscription;
    private final ScheduledExecutorService control;
    private final Server server;
    private final LongSupplier nanoClock;

    private final Map<String, Wanted> wanted = new HashMap<>();
    private final Set<String> unsent = new LinkedHashSet<>();
    private int waiting;

    /** When the answers of late cease to count; the oldest first. */
    private final LinkedHashMap<String, Long> fresh = new LinkedHashMap<>();

    private boolean closed;

    OnDemand(
            Subscription subscription,
            ScheduledExecutorService control,
            Server server,
            LongSupplier nanoClock) {
        this.subscription = subscription;
        this.control = control;
        this.server = server;
        this.nanoClock = nanoClock;
    }

    @Override
    public CompletionStage<Void> fetch(Set<String> names) {
        List<CompletableFuture<Void>> answers = new ArrayList<>(names.size());
        boolean wake;
        synchronized (this) {
            for (String name : names) {
                if (!isFresh(name)) {
                    answers.add(want(name));
                }
            }
            if (answers.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            waiting++;
            wake = !unsent.isEmpty();
        }
        if (wake) {
            wake();
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .whenComplete((done, error) -> left());
    }

    private CompletableFuture<Void> want(String name) {
        String why = reasonToRefuse(name);
        if (why != null) {
            return CompletableFuture.failedFuture(new UnansweredException(name, why));
        }
        return wanted.computeIfAbsent(
                        name,
                        first -> {
                            unsent.add(first);
                            return new Wanted();
                        })
                .answer;
    }

    private @Nullable String reasonToRefuse(String name) {
        if (closed) {
            return "this proxy is shutting down";
        }
        if (waiting >= MAX_WAITING) {
            return MAX_WAITING + " others wait already";
        }
        return wanted.size() < MAX_NAMES || wanted.containsKey(name)
                ? null
                : MAX_NAMES + " other names are asked for already";
    }

    private boolean isFresh(String name) {
        Long until = fresh.get(name);
        if (until == null) {
            return false;
        }
        if (until - nanoClock.getAsLong() > 0) {
            return true;
        }
        fresh.remove(name);
        return false;
    }

    private synchronized void left() {
        waiting--;
    }

    private void wake() {
        try {
            control.execute(this::send);
        } catch (RejectedExecutionException e) {
            close();
        }
    }

    private void send() {
        List<String> names;
        synchronized (this) {
            names = List.copyOf(unsent);
            unsent.clear();
        }
        List<String> unknown = new ArrayList<>(names.size());
        for (String name : names) {
            if (subscription.holds(name)) {
                // Told since it was missed; the server would not answer.
                finish(name);
            } else {
                unknown.add(name);
                subscription.want(name);
                limit(name);
            }
        }
        if (!unknown.isEmpty()) {
            server.subscribe(unknown);
        }
    }

    private void limit(String name) {
        Wanted sent;
        synchronized (this) {
            sent = wanted.get(name);
        }
        if (sent != null) {
            sent.limit =
                    control.schedule(() -> giveUp(name), PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void finish(String name) {
        Wanted known;
        synchronized (this) {
            known = wanted.remove(name);
        }
        if (known != null) {
            known.answer.complete(null);
        }
    }

    /**
     * A response was applied. On the control thread.
     *
     * @return what the server shall not follow any longer
     */
    Collection<String> answered(DeltaResponse response) {
        Set<String> released = new LinkedHashSet<>();
        for (String name : response.removed()) {
            if (!subscription.holds(name)) {
                released.add(name);
            }
        }
        List<Wanted> done = new ArrayList<>();
        synchronized (this) {
            if (!wanted.isEmpty()) {
                response.removed().forEach(name -> settle(name, done, released));
                response.aliases().forEach(name -> settle(name, done, released));
                response.resources().forEach(r -> settle(r.name(), done, released));
            }
        }
        for (Wanted name : done) {
            if (name.limit != null) {
                name.limit.cancel(false);
            }
            name.answer.complete(null);
        }
        return released;
    }

    private void settle(String name, List<Wanted> done, Set<String> released) {
        Wanted answered = wanted.remove(name);
        if (answered == null) {
            return;
        }
        done.add(answered);
        unsent.remove(name);
        fresh.remove(name);
        fresh.put(name, nanoClock.getAsLong() + FRESH.toNanos());
        if (fresh.size() > MAX_FRESH) {
            fresh.pollFirstEntry();
        }
        subscription.unwant(name);
        // An alias: what it stands for has a name of its own, under which it is followed.
        if (!subscription.holds(name)) {
            released.add(name);
        }
    }

    private void giveUp(String name) {
        Wanted late;
        synchronized (this) {
            late = wanted.remove(name);
        }
        if (late == null) {
            return;
        }
        subscription.unwant(name);
        if (!subscription.holds(name)) {
            server.unsubscribe(List.of(name));
        }
        late.answer.completeExceptionally(
                new UnansweredException(name, "no answer within " + PATIENCE.toSeconds() + " s"));
    }

    /** Fails every wait. From any thread. */
    void close() {
        Map<String, Wanted> left;
        synchronized (this) {
            closed = true;
            left = Map.copyOf(wanted);
            wanted.clear();
            unsent.clear();
        }
        left.forEach(
                (name, wait) ->
                        wait.answer.completeExceptionally(
                                new UnansweredException(name, "this proxy is shutting down")));
    }
}
