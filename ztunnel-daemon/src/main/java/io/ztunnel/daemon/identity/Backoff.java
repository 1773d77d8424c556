package io.ztunnel.daemon.identity;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** The time between two tries: doubled with each failure, and spread so that nobody marches. */
final class Backoff {
    private static final long FIRST_MILLIS = 1_000;
    private static final long MAX_MILLIS = 150_000;
    private static final double SPREAD = 0.2;

    private Backoff() {}

    /**
     * @param failures in a row, 1 or more
     * @return 1 s, 2 s, 4 s ... up to 150 s, each up to a fifth shorter or longer
     */
    static Duration after(int failures, RandomGenerator random) {
        int doublings = Math.min(failures - 1, 20);
        long nominal = Math.min(FIRST_MILLIS << doublings, MAX_MILLIS);
        double factor = 1 - SPREAD + 2 * SPREAD * random.nextDouble();
        return Duration.ofMillis((long) (nominal * factor));
    }
}
