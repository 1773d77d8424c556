package io.ztunnel.bench.load;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What came of a load.
 *
 * @param done requests or connections that were answered in full
 * @param failed those that were not
 * @param seconds how long it took
 * @param latency in nanoseconds; of an open loop from the moment that a request was due
 */
public record Outcome(long done, long failed, double seconds, Histogram latency) {
    private static final Duration MARGIN = Duration.ofSeconds(30);

    public double perSecond() {
        return done / seconds;
    }

    public double micros(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1000.0;
    }

    /**
     * Waits for a load that takes so many nanoseconds, and half a minute longer.
     *
     * @throws IOException when it is not done by then
     */
    static Outcome await(CompletableFuture<Outcome> outcome, long duration) throws IOException {
        try {
            return outcome.get(duration + MARGIN.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IOException("the load was not done: " + failure, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    static Histogram histogram() {
        return new Histogram(60_000_000_000L, 3);
    }
}
