package io.ztunnel.daemon.telemetry;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The counters that all connections with the same labels share. */
final class TrafficSeries {
    final TrafficLabels labels;
    final LongAdder opened = new LongAdder();
    final LongAdder received = new LongAdder();
    final LongAdder sent = new LongAdder();

    /** By response flags; the failed connections are those with any flag but none. */
    private final Map<ResponseFlags, AtomicLong> closed;

    /** Open connections; guarded by the cache's lock of this key. */
    int users;

    /** When the last connection closed; guarded likewise. */
    long idleSince;

    TrafficSeries(TrafficLabels labels) {
        this.labels = labels;
        Map<ResponseFlags, AtomicLong> counts = new EnumMap<>(ResponseFlags.class);
        for (ResponseFlags flags : ResponseFlags.values()) {
            counts.put(flags, new AtomicLong());
        }
        this.closed = Collections.unmodifiableMap(counts);
    }

    void closed(ResponseFlags flags) {
        AtomicLong count = closed.get(flags);
        if (count != null) { // always: the map holds all flags
            count.incrementAndGet();
        }
    }

    long closedCount(ResponseFlags flags) {
        AtomicLong count = closed.get(flags);
        return count == null ? 0 : count.get();
    }
}
