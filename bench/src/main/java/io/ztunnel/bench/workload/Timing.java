package io.ztunnel.bench.workload;

import java.time.Duration;

/**
 * How long everything takes.
 *
 * @param rounds measurements of each workload and candidate
 * @param warmUp before the first of them, not counted
 * @param window of one measurement
 * @param idle how long the ztunnels are left alone before their memory is looked at
 */
public record Timing(int rounds, Duration warmUp, Duration window, Duration idle) {
    public static final Timing FULL =
            new Timing(5, Duration.ofSeconds(20), Duration.ofSeconds(6), Duration.ofMinutes(10));

    /** Less sure of itself, but done in three minutes. */
    public static final Timing QUICK =
            new Timing(2, Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofSeconds(15));
}
