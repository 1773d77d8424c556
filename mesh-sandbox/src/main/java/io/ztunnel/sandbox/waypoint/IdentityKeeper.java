package io.ztunnel.sandbox.waypoint;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Keeps the waypoint's certificate fresh: renews it at half of its life, and while that fails goes
 * on with the one it has. Each failure is one line, and each further try waits longer.
 */
public final class IdentityKeeper implements Supplier<MeshIdentity> {
    private static final Logger log = LoggerFactory.getLogger(IdentityKeeper.class);

    private final Source source;
    private final ScheduledExecutorService thread;
    private final InstantSource clock;
    private final CompletableFuture<MeshIdentity> first = new CompletableFuture<>();
    private final AtomicReference<@Nullable MeshIdentity> current = new AtomicReference<>();
    private Duration wait = FIRST_WAIT;

    private static final Duration FIRST_WAIT = Duration.ofMillis(250);

    /** Nothing is served before the first certificate, so that somebody waits for it. */
    private static final Duration LONGEST_WAIT_FOR_FIRST = Duration.ofSeconds(2);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** Where certificates come from; must not block for long. */
    @FunctionalInterface
    public interface Source {
        MeshIdentity request() throws IOException;
    }

    private IdentityKeeper(Source source, ScheduledExecutorService thread, InstantSource clock) {
        this.source = source;
        this.thread = thread;
        this.clock = clock;
    }

    /**
     * Asks for the first certificate at once.
     *
     * @param thread all work is done there; whoever stops it stops the keeper
     */
    public static IdentityKeeper start(
            Source source, ScheduledExecutorService thread, InstantSource clock) {
        IdentityKeeper keeper = new IdentityKeeper(source, thread, clock);
        thread.execute(keeper::renew);
        return keeper;
    }

    /** The first certificate, when it has come. */
    public CompletableFuture<MeshIdentity> first() {
        return first;
    }

    /**
     * @throws IllegalStateException before the first has come
     */
    @Override
    public MeshIdentity get() {
        MeshIdentity identity = current.get();
        if (identity == null) {
            throw new IllegalStateException("no certificate yet");
        }
        return identity;
    }

    private void renew() {
        try {
            MeshIdentity fresh = source.request();
            current.set(fresh);
            wait = FIRST_WAIT;
            Instant renewAt = fresh.renewAt();
            log.info("certificate of {}, to be renewed at {}", fresh.spiffeId(), renewAt);
            Duration left = Duration.between(clock.instant(), renewAt);
            // However short its life: never a storm of requests.
            schedule(left.compareTo(FIRST_WAIT) > 0 ? left : FIRST_WAIT);
            first.complete(fresh);
        } catch (IOException | RuntimeException e) {
            log.warn("{}; next try in {} ms", e.getMessage(), wait.toMillis());
            schedule(wait);
            Duration longer = wait.multipliedBy(2);
            Duration longest = current.get() == null ? LONGEST_WAIT_FOR_FIRST : LONGEST_WAIT;
            wait = longer.compareTo(longest) > 0 ? longest : longer;
        }
    }

    private void schedule(Duration after) {
        thread.schedule(this::renew, after.toMillis(), TimeUnit.MILLISECONDS);
    }
}
