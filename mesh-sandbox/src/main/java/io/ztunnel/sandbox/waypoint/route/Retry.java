package io.ztunnel.sandbox.waypoint.route;

import java.time.Duration;
import java.util.Set;

/**
 * When a request is tried again. An endpoint that cannot be reached, or refuses the stream, is
 * always a reason.
 *
 * @param attempts beyond the first
 * @param codes of responses that are a reason; 504 also stands for a backend that takes too long
 * @param backoff before the first repetition; it doubles with each
 */
public record Retry(int attempts, Set<Integer> codes, Duration backoff) {
    /** Istio's, for requests whose route does not say. */
    public static final Retry DEFAULT = new Retry(2, Set.of(), Duration.ofMillis(25));

    /** Some limit, however many a manifest asks for. */
    static final int MAX_ATTEMPTS = 100;

    public Retry {
        codes = Set.copyOf(codes);
    }
}
