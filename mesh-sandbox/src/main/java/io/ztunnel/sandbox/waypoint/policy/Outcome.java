package io.ztunnel.sandbox.waypoint.policy;

import java.util.stream.Stream;

/** Whether a condition holds. */
public enum Outcome {
    NO,
    /**
     * It cannot be said, of HTTP attributes where there is no HTTP for example. A rule that denies
     * takes it for a yes and one that allows for a no, so that doubt never opens a door.
     */
    UNKNOWN,
    YES;

    static Outcome of(boolean holds) {
        return holds ? YES : NO;
    }

    Outcome not() {
        return switch (this) {
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
            case YES -> NO;
        };
    }

    static Outcome all(Stream<Outcome> outcomes) {
        return outcomes.reduce(YES, (a, b) -> a.compareTo(b) < 0 ? a : b);
    }

    static Outcome any(Stream<Outcome> outcomes) {
        return outcomes.reduce(NO, (a, b) -> a.compareTo(b) > 0 ? a : b);
    }
}
