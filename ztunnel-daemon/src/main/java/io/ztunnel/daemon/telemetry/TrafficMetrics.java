package io.ztunnel.daemon.telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The {@code istio_tcp_*} counters of all connections.
 *
 * <p>A label set is dropped once no connection has used it for the idle time, after its last values
 * were exposed or when its room is needed; a counter that comes back begins at 0, which Prometheus
 * takes for a restart. At most so many label sets exist; connections with further ones are counted
 * under one whose source and destination are {@code unknown}. Thread-safe.
 */
public final class TrafficMetrics implements Metrics.Source {
    public static final int DEFAULT_MAX_SERIES = 10_000;
    public static final Duration DEFAULT_IDLE_TIME = Duration.ofHours(1);

    /** Making room looks at every series, so it is not tried for every connection. */
    private static final long MAKE_ROOM_NANOS = 1_000_000_000;

    private static final MetricName OPENED =
            MetricName.stable(
                    "istio_tcp_connections_opened", "The total number of TCP connections opened");
    private static final MetricName CLOSED =
            MetricName.stable(
                    "istio_tcp_connections_closed", "The total number of TCP connections closed");
    private static final MetricName RECEIVED =
            MetricName.stable(
                    "istio_tcp_received_bytes", "The bytes that clients have sent to servers");
    private static final MetricName SENT =
            MetricName.stable(
                    "istio_tcp_sent_bytes", "The bytes that servers have sent to clients");
    private static final MetricName FAILED =
            MetricName.unstable(
                    "istio_tcp_connections_failed", "The total number of TCP connections failed");

    private final ConcurrentHashMap<TrafficLabels, TrafficSeries> series =
            new ConcurrentHashMap<>();
    private final LongAdder folded = new LongAdder();
    private final AtomicLong nextMakeRoom;
    private final int maxSeries;
    private final long idleNanos;
    private final LongSupplier nanoTime;

    /**
     * @param maxSeries label sets, 1 or more
     */
    public TrafficMetrics(int maxSeries, Duration idleTime, LongSupplier nanoTime) {
        this.maxSeries = maxSeries;
        this.idleNanos = idleTime.toNanos();
        this.nanoTime = nanoTime;
        this.nextMakeRoom = new AtomicLong(nanoTime.getAsLong());
    }

    /** Connections that were counted under a shared label set. */
    public long folded() {
        return folded.sum();
    }

    /** The series of these labels for one more connection, until {@link #release}. */
    TrafficSeries acquire(TrafficLabels labels) {
        TrafficLabels counted = labels;
        if (!series.containsKey(labels) && isFull()) {
            folded.increment();
            counted = labels.folded();
        }
        return series.compute(
                counted,
                (key, known) -> {
                    TrafficSeries used = known != null ? known : new TrafficSeries(key);
                    used.users++;
                    return used;
                });
    }

    void release(TrafficSeries used) {
        long now = nanoTime.getAsLong();
        series.computeIfPresent(
                used.labels,
                (key, known) -> {
                    known.users--;
                    known.idleSince = now;
                    return known;
                });
    }

    private boolean isFull() {
        if (series.mappingCount() < maxSeries) {
            return false;
        }
        long now = nanoTime.getAsLong();
        long next = nextMakeRoom.get();
        if (now - next >= 0 && nextMakeRoom.compareAndSet(next, now + MAKE_ROOM_NANOS)) {
            dropIdle();
        }
        return series.mappingCount() >= maxSeries;
    }

    private void dropIdle() {
        long now = nanoTime.getAsLong();
        for (TrafficLabels labels : List.copyOf(series.keySet())) {
            series.compute(
                    labels,
                    (key, known) ->
                            known == null
                                            || (known.users == 0
                                                    && now - known.idleSince >= idleNanos)
                                    ? null
                                    : known);
        }
    }

    @Override
    public void write(ExpositionWriter out) {
        List<TrafficSeries> all = new ArrayList<>(series.values());
        write(out, OPENED, all, s -> s.opened.sum());
        writeClosed(out, CLOSED, all, EnumSet.allOf(ResponseFlags.class));
        write(out, RECEIVED, all, s -> s.received.sum());
        write(out, SENT, all, s -> s.sent.sum());
        writeClosed(out, FAILED, all, EnumSet.complementOf(EnumSet.of(ResponseFlags.NONE)));
        dropIdle();
    }

    private interface Counter {
        long of(TrafficSeries series);
    }

    private static void write(
            ExpositionWriter out, MetricName name, List<TrafficSeries> all, Counter counter) {
        out.family(name, "counter");
        for (TrafficSeries series : all) {
            TrafficLabels labels = series.labels;
            out.sample(
                    "_total",
                    labels.names(),
                    labels.values(ResponseFlags.NONE),
                    counter.of(series));
        }
    }

    private static void writeClosed(
            ExpositionWriter out,
            MetricName name,
            List<TrafficSeries> all,
            Set<ResponseFlags> counted) {
        out.family(name, "counter");
        for (TrafficSeries series : all) {
            for (ResponseFlags flags : counted) {
                long count = series.closedCount(flags);
                if (count > 0) {
                    TrafficLabels labels = series.labels;
                    out.sample("_total", labels.names(), labels.values(flags), count);
                }
            }
        }
    }
}
