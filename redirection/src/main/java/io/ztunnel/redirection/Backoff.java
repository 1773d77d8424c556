package io.ztunnel.redirection;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Growing delays between attempts: each twice the one before, up to a cap. One thread only. */
final class Backoff {
    private final Duration first;
    private final Duration cap;
    private final double jitter;
    private final RandomGenerator random;
    private Duration next;

    /**
     * @param jitter how far a delay may be off its nominal value, 0 to 1
     */
    Backoff(Duration first, Duration cap, double jitter, RandomGenerator random) {
        this.first = first;
        this.cap = cap;
        this.jitter = jitter;
        this.random = random;
        next = first;
    }

    Duration next() {
        Duration nominal = next;
        Duration doubled = nominal.multipliedBy(2);
        next = doubled.compareTo(cap) < 0 ? doubled : cap;
        double factor = 1 + jitter * (2 * random.nextDouble() - 1);
        Duration jittered = Duration.ofNanos((long) (nominal.toNanos() * factor));
        return jittered.compareTo(cap) < 0 ? jittered : cap;
    }

    void reset() {
        next = first;
    }
}
