package io.ztunnel.bench.load;

import org.HdrHistogram.Histogram;

/**
 * What came of a load.
 *
 * @param done requests or connections that were answered in full
 * @param failed those that were not
 * @param seconds how long it took
 * @param latency in nanoseconds; of an open loop from the moment that a request was due
 */
public record Outcome(long done, long failed, double seconds, Histogram latency) {
    public double perSecond() {
        return done / seconds;
    }

    public double micros(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1000.0;
    }

    static Histogram histogram() {
        return new Histogram(60_000_000_000L, 3);
    }
}
