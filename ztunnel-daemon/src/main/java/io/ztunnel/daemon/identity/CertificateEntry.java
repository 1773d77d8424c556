package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One identity. All but the state belongs to the control thread. */
final class CertificateEntry {
    /** What readers on any thread see. */
    sealed interface State {
        record Initializing() implements State {}

        record Available(WorkloadCertificate certificate) implements State {}

        record Unavailable(IdentityException reason) implements State {}
    }

    final Identity identity;
    volatile State state = new State.Initializing();

    /** Whether a request to the CA is under way. */
    boolean fetching;

    /** Failed tries in a row. */
    int failures;

    // Kept for the queue.
    Priority priority = Priority.BACKGROUND;
    long sequence;
    Instant due = Instant.EPOCH;

    private final List<CompletableFuture<WorkloadCertificate>> waiters = new ArrayList<>();

    CertificateEntry(Identity identity) {
        this.identity = identity;
    }

    @Nullable WorkloadCertificate certificate() {
        return state instanceof State.Available available ? available.certificate() : null;
    }

    void await(CompletableFuture<WorkloadCertificate> waiter) {
        waiters.add(waiter);
    }

    int waiters() {
        return waiters.size();
    }

    void succeed(WorkloadCertificate certificate) {
        state = new State.Available(certificate);
        List.copyOf(waiters).forEach(waiter -> waiter.complete(certificate));
        waiters.clear();
    }

    void fail(IdentityException reason) {
        state = new State.Unavailable(reason);
        dismiss(reason);
    }

    /** Fails those who wait and leaves the state alone. */
    void dismiss(IdentityException reason) {
        List.copyOf(waiters).forEach(waiter -> waiter.completeExceptionally(reason));
        waiters.clear();
    }
}
