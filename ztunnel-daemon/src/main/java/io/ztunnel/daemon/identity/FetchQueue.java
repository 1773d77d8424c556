package io.ztunnel.daemon.identity;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;

/**
 * Who is to be fetched next: the most urgent first, then who asked first. Renewals and further
 * tries wait until they are due. Confined to the control thread.
 */
final class FetchQueue {
    private static final Comparator<CertificateEntry> BY_URGENCY =
            Comparator.comparing((CertificateEntry e) -> e.priority)
                    .thenComparingLong(e -> e.sequence);
    private static final Comparator<CertificateEntry> BY_DUE =
            Comparator.comparing((CertificateEntry e) -> e.due).thenComparingLong(e -> e.sequence);

    private final TreeSet<CertificateEntry> ready = new TreeSet<>(BY_URGENCY);
    private final TreeSet<CertificateEntry> later = new TreeSet<>(BY_DUE);
    private long nextSequence;
    private int warmups;

    /** Queues the entry, or raises it; a less urgent request changes nothing. */
    void request(CertificateEntry entry, Priority priority) {
        if (ready.contains(entry) && entry.priority.compareTo(priority) <= 0) {
            return;
        }
        remove(entry);
        entry.priority = priority;
        entry.sequence = nextSequence++;
        ready.add(entry);
        warmups += priority == Priority.WARMUP ? 1 : 0;
    }

    /** Queues the entry in the background from that time on. */
    void requestAt(CertificateEntry entry, Instant due) {
        remove(entry);
        entry.priority = Priority.BACKGROUND;
        entry.sequence = nextSequence++;
        entry.due = due;
        later.add(entry);
    }

    void remove(CertificateEntry entry) {
        later.remove(entry);
        if (ready.remove(entry)) {
            warmups -= entry.priority == Priority.WARMUP ? 1 : 0;
        }
    }

    /** The next one whose time has come. */
    @Nullable CertificateEntry poll(Instant now) {
        while (!later.isEmpty() && !later.getFirst().due.isAfter(now)) {
            request(later.getFirst(), Priority.BACKGROUND);
        }
        if (ready.isEmpty()) {
            return null;
        }
        CertificateEntry next = ready.getFirst();
        remove(next);
        return next;
    }

    /** When the next entry is due that is not yet; null if none. */
    @Nullable Instant nextDue() {
        return later.isEmpty() ? null : later.getFirst().due;
    }

    /** Entries that wait as {@link Priority#WARMUP}. */
    int warmups() {
        return warmups;
    }
}
