package io.ztunnel.sandbox.waypoint.telemetry;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts in Envoy's default buckets. */
final class Histogram {
    private static final double[] BOUNDS = {
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
        1800000, 3600000
    };

    private final LongAdder[] buckets =
            Stream.generate(LongAdder::new).limit(BOUNDS.length + 1).toArray(LongAdder[]::new);
    private final LongAdder sum = new LongAdder();

    void add(long value) {
        int bucket = 0;
        while (bucket < BOUNDS.length && value > BOUNDS[bucket]) {
            bucket++;
        }
        buckets[bucket].increment();
        sum.add(value);
    }

    void print(StringBuilder to, String name, String labels) {
        long count = 0;
        for (int i = 0; i < buckets.length; i++) {
            count += buckets[i].sum();
            String bound = i == BOUNDS.length ? "+Inf" : bound(BOUNDS[i]);
            to.append("%s_bucket{%s,le=\"%s\"} %d\n".formatted(name, labels, bound, count));
        }
        to.append("%s_sum{%s} %d\n".formatted(name, labels, sum.sum()));
        to.append("%s_count{%s} %d\n".formatted(name, labels, count));
    }

    private static String bound(double bound) {
        return bound < 1 ? Double.toString(bound) : Long.toString((long) bound);
    }
}
