package io.ztunnel.daemon.identity;

import io.ztunnel.daemon.telemetry.RateLimited;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The certificates of this process: fetched once for all who wait, renewed at half of their life,
 * kept for as long as they are valid when renewal fails, and forgotten with their last workload.
 *
 * <p>Every method may be called from any thread and none waits. Decisions are made on the control
 * thread, one at a time; what it decides is read without a lock.
 */
public final class CertificateManager implements AutoCloseable {
    /** Requests to the CA at one time. */
    static final int MAX_IN_FLIGHT = 8;

    /** Warm-ups that may wait; further ones are left to the first connection. */
    static final int MAX_WARMUPS = 256;

    /** Callers that may wait for one identity. */
    static final int MAX_WAITERS = 65_536;

    /** A CA that issues expired certificates must not be asked in a tight loop. */
    private static final Duration MIN_REFRESH = Duration.ofSeconds(1);

    /** The clock may jump, after a suspend for example; it is looked at this often at least. */
    private static final Duration MAX_SLEEP = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(CertificateManager.class);

    private final CertificateAuthorityClient ca;
    private final ScheduledExecutorService control;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final ConcurrentHashMap<Identity, CertificateEntry> entries = new ConcurrentHashMap<>();

    // Confined to the control thread.
    private final FetchQueue queue = new FetchQueue();
    private final Map<Identity, CertificateEntry> abandoned = new HashMap<>();
    private final RateLimited failureLines;
    private int inFlight;
    private boolean closed;
    private @Nullable Future<?> wakeUp;

    /**
     * @param ca closed with the manager
     * @param control single-threaded; not closed here
     */
    public CertificateManager(
            CertificateAuthorityClient ca,
            ScheduledExecutorService control,
            InstantSource clock,
            RandomGenerator random) {
        this.ca = ca;
        this.control = control;
        this.clock = clock;
        this.random = random;
        this.failureLines =
                new RateLimited(
                        20,
                        Duration.ofSeconds(10),
                        64,
                        () -> TimeUnit.MILLISECONDS.toNanos(clock.millis()),
                        (reason, lines) ->
                                log.atWarn()
                                        .addKeyValue("reason", reason)
                                        .addKeyValue("suppressed", lines)
                                        .log("more certificates could not be fetched"));
    }

    /**
     * The certificate if there is one, from event loops: no lock, no allocation. It may be expired
     * when the CA has been away for long.
     */
    public @Nullable WorkloadCertificate available(Identity identity) {
        CertificateEntry entry = entries.get(identity);
        return entry == null ? null : entry.certificate();
    }

    /**
     * The certificate, waiting for the first fetch at most. After a failure the reason is returned
     * at once until a try in the background succeeds.
     *
     * @return fails with an {@link IdentityException}; completed on the control thread or at once
     */
    public CompletionStage<WorkloadCertificate> fetch(Identity identity, Priority priority) {
        CertificateEntry entry = entries.get(identity);
        if (entry != null) {
            switch (entry.state) {
                case CertificateEntry.State.Available known -> {
                    return CompletableFuture.completedStage(known.certificate());
                }
                case CertificateEntry.State.Unavailable known -> {
                    return CompletableFuture.failedStage(known.reason());
                }
                case CertificateEntry.State.Initializing ignored -> {}
            }
        }
        CompletableFuture<WorkloadCertificate> waiter = new CompletableFuture<>();
        if (!onControl(() -> request(identity, priority, waiter))) {
            waiter.completeExceptionally(IdentityException.forgotten());
        }
        return waiter.minimalCompletionStage();
    }

    /** Fetches ahead of the first connection, unless too many wait already. */
    public void prefetch(Identity identity) {
        if (entries.containsKey(identity)) {
            return;
        }
        onControl(
                () -> {
                    if (queue.warmups() >= MAX_WARMUPS && !entries.containsKey(identity)) {
                        log.atInfo()
                                .addKeyValue("identity", identity.toString())
                                .log("too many certificates to fetch ahead, left for later");
                        return;
                    }
                    request(identity, Priority.WARMUP, null);
                });
    }

    /** Drops the certificate; callers who wait for it get {@code FORGOTTEN}. */
    public void forget(Identity identity) {
        onControl(
                () -> {
                    CertificateEntry entry = entries.remove(identity);
                    if (entry == null) {
                        return;
                    }
                    queue.remove(entry);
                    entry.dismiss(IdentityException.forgotten());
                    if (entry.fetching) {
                        abandoned.put(identity, entry);
                    }
                });
    }

    /** All identities, sorted, with what is known of them now. */
    public List<CertificateStatus> snapshot() {
        return CertificateReport.of(entries.values());
    }

    /** Shows counts and the earliest expiry in the metrics. */
    public void exposeIn(Telemetry telemetry) {
        CertificateReport.expose(entries.values(), telemetry);
    }

    private void request(
            Identity identity,
            Priority priority,
            @Nullable CompletableFuture<WorkloadCertificate> waiter) {
        if (closed) {
            if (waiter != null) {
                waiter.completeExceptionally(IdentityException.forgotten());
            }
            return;
        }
        CertificateEntry entry = entries.get(identity);
        if (entry == null) {
            entry = begin(identity, priority);
        }
        switch (entry.state) {
            case CertificateEntry.State.Initializing ignored -> {
                if (!entry.fetching) {
                    queue.request(entry, priority);
                }
                await(entry, waiter);
            }
            case CertificateEntry.State.Available known -> {
                if (waiter != null) {
                    waiter.complete(known.certificate());
                }
            }
            case CertificateEntry.State.Unavailable known -> {
                if (waiter != null) {
                    waiter.completeExceptionally(known.reason());
                }
            }
        }
        pump();
    }

    /** A request under way for an identity that was forgotten meanwhile serves again. */
    private CertificateEntry begin(Identity identity, Priority priority) {
        CertificateEntry entry = abandoned.remove(identity);
        if (entry == null) {
            entry = new CertificateEntry(identity);
            queue.request(entry, priority);
        } else {
            entry.state = new CertificateEntry.State.Initializing();
        }
        entries.put(identity, entry);
        return entry;
    }

    private static void await(
            CertificateEntry entry, @Nullable CompletableFuture<WorkloadCertificate> waiter) {
        if (waiter == null) {
            return;
        }
        if (entry.waiters() >= MAX_WAITERS) {
            waiter.completeExceptionally(
                    new IdentityException(
                            IdentityException.Code.OVERLOADED,
                            "too many connections wait for the certificate of " + entry.identity,
                            null));
            return;
        }
        entry.await(waiter);
    }

    /** Starts what may start now, and sees to it that the next one is not missed. */
    private void pump() {
        Instant now = clock.instant();
        while (inFlight < MAX_IN_FLIGHT) {
            CertificateEntry next = queue.poll(now);
            if (next == null) {
                break;
            }
            start(next);
        }
        if (wakeUp != null) {
            wakeUp.cancel(false);
            wakeUp = null;
        }
        Instant due = queue.nextDue();
        if (due != null) {
            Duration wait = Duration.between(now, due);
            Duration sleep = wait.compareTo(MAX_SLEEP) > 0 ? MAX_SLEEP : wait;
            long millis = Math.max(sleep.toMillis() + 1, 1);
            try {
                wakeUp = control.schedule(this::wakeUp, millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("the control thread is gone, no certificate is renewed any more");
            }
        }
    }

    private void wakeUp() {
        if (!closed) {
            failureLines.sweep();
            pump();
        }
    }

    private void start(CertificateEntry entry) {
        entry.fetching = true;
        inFlight++;
        CompletionStage<WorkloadCertificate> answer;
        try {
            answer = ca.request(entry.identity);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedStage(e);
        }
        answer.whenComplete(
                (certificate, failure) -> onControl(() -> finished(entry, certificate, failure)));
    }

    private void finished(
            CertificateEntry entry,
            @Nullable WorkloadCertificate certificate,
            @Nullable Throwable failure) {
        entry.fetching = false;
        inFlight--;
        if (closed || abandoned.remove(entry.identity, entry)) {
            pumpUnlessClosed();
            return;
        }
        if (certificate != null) {
            succeeded(entry, certificate);
        } else {
            failed(entry, reason(failure));
        }
        pump();
    }

    private void pumpUnlessClosed() {
        if (!closed) {
            pump();
        }
    }

    private void succeeded(CertificateEntry entry, WorkloadCertificate certificate) {
        entry.failures = 0;
        entry.succeed(certificate);
        Instant earliest = clock.instant().plus(MIN_REFRESH);
        Instant refresh = certificate.refreshAt();
        queue.requestAt(entry, refresh.isBefore(earliest) ? earliest : refresh);
        log.atDebug()
                .addKeyValue("identity", entry.identity.toString())
                .addKeyValue("expires", certificate.notAfter())
                .log("certificate fetched");
    }

    private void failed(CertificateEntry entry, IdentityException reason) {
        entry.failures++;
        Duration delay = Backoff.after(entry.failures, random);
        Instant now = clock.instant();
        Instant next = now.plus(delay);
        WorkloadCertificate held = entry.certificate();
        if (held != null && now.isBefore(held.notAfter())) {
            boolean endsFirst = held.notAfter().isBefore(next);
            queue.requestAt(entry, endsFirst ? held.notAfter() : next);
            if (failureLines.permit(reason.code().name())) {
                log.atInfo()
                        .addKeyValue("identity", entry.identity.toString())
                        .addKeyValue("expires", held.notAfter())
                        .addKeyValue("retry", delay.toMillis() + "ms")
                        .addKeyValue("error", reason.getMessage())
                        .log("certificate could not be renewed, the old one is still valid");
            }
            return;
        }
        queue.requestAt(entry, next);
        entry.fail(reason);
        if (failureLines.permit(reason.code().name())) {
            log.atWarn()
                    .addKeyValue("identity", entry.identity.toString())
                    .addKeyValue("retry", delay.toMillis() + "ms")
                    .addKeyValue("error", reason.getMessage())
                    .log("certificate could not be fetched");
        }
    }

    private static IdentityException reason(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return cause instanceof IdentityException known
                ? known
                : new IdentityException(
                        IdentityException.Code.CA, "CA client failed: " + cause, cause);
    }

    /**
     * @return false when the control thread takes no more tasks
     */
    private boolean onControl(Runnable task) {
        try {
            control.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Fails those who wait, and closes the CA client. Certificates that are out stay usable. */
    @Override
    public void close() {
        if (!onControl(this::shutDown)) {
            shutDown();
        }
    }

    private void shutDown() {
        if (closed) {
            return;
        }
        closed = true;
        if (wakeUp != null) {
            wakeUp.cancel(false);
        }
        entries.values().forEach(entry -> entry.dismiss(IdentityException.forgotten()));
        ca.close();
    }
}
