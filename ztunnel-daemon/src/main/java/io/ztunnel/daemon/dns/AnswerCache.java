package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What name servers have said to one pod, for as long as they said it holds. A pod's answers are
 * its own: none can learn or spoil what another hears. Confined to one loop.
 */
final class AnswerCache {
    static final int MAX_ENTRIES = 8_192;

    private record Entry(CachedAnswer answer, long since, long weight) {}

    private final CacheBudget budget;
    private final LongSupplier nanoTime;

    /** Longest unused first. */
    private final Map<Question, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    AnswerCache(CacheBudget budget, LongSupplier nanoTime) {
        this.budget = budget;
        this.nanoTime = nanoTime;
    }

    /**
     * @return null when nothing is known, or no longer
     */
    @Nullable Answer get(Question question) {
        Entry entry = entries.get(question);
        if (entry == null) {
            return null;
        }
        long age = TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - entry.since());
        if (age >= entry.answer().lifetime()) {
            remove(question);
            return null;
        }
        return entry.answer().at(age);
    }

    void put(Question question, Message message) {
        CachedAnswer answer = CachedAnswer.of(message);
        if (answer == null) {
            return;
        }
        remove(question);
        long weight = answer.weight(question.name());
        while (entries.size() >= MAX_ENTRIES || !budget.take(weight)) {
            if (entries.isEmpty()) {
                return; // the others have it all
            }
            removeEldest();
        }
        entries.put(question, new Entry(answer, nanoTime.getAsLong(), weight));
    }

    void clear() {
        while (!entries.isEmpty()) {
            removeEldest();
        }
    }

    int size() {
        return entries.size();
    }

    private void remove(Question question) {
        Entry entry = entries.remove(question);
        if (entry != null) {
            budget.giveBack(entry.weight());
        }
    }

    private void removeEldest() {
        Iterator<Entry> eldest = entries.values().iterator();
        budget.giveBack(eldest.next().weight());
        eldest.remove();
    }
}
