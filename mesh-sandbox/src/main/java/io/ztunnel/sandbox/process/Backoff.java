package io.ztunnel.sandbox.process;

import java.time.Duration;

/**
 * The pause before a program that ended is started again: doubles with every end in a row, and
 * starts over once the program stayed up for a while, as the kubelet's does.
 */
record Backoff(Duration first, Duration longest, Duration stable) {
    static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10), Duration.ofSeconds(30));

    /**
     * The pause.
     *
     * @param failures how often it ended in a row, counting this time; at least 1
     */
    Duration pause(int failures) {
        int doublings = Math.min(Math.max(failures, 1) - 1, 20);
        Duration grown = first.multipliedBy(1L << doublings);
        return grown.compareTo(longest) > 0 ? longest : grown;
    }
}
