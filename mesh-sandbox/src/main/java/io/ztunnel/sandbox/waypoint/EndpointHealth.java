package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Circuit breaking: an endpoint that could not be reached several times in a row is left alone for
 * a while, longer each time, and then gets one chance. Never are more than half of the candidates
 * left alone: when many fail it is rather the way to them, and trying is better than refusing.
 *
 * <p>Confined to one event loop.
 */
final class EndpointHealth {
    static final int FAILURES = 3;
    static final Duration FIRST_EJECTION = Duration.ofSeconds(1);
    static final Duration LONGEST_EJECTION = Duration.ofSeconds(30);
    private static final int MAX_KNOWN = 10_000;

    private final InstantSource clock;

    /** Endpoints come and go: the ones that failed longest ago are forgotten first. */
    private final Map<Endpoint, Failures> failing =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Endpoint, Failures> eldest) {
                    return size() > MAX_KNOWN;
                }
            };

    /**
     * @param count in a row
     * @param until when it is left alone
     */
    private record Failures(int count, Instant until) {}

    EndpointHealth(InstantSource clock) {
        this.clock = clock;
    }

    void reached(Endpoint endpoint) {
        failing.remove(endpoint);
    }

    void failed(Endpoint endpoint) {
        Failures before = failing.get(endpoint);
        int count = before == null ? 1 : before.count() + 1;
        failing.put(endpoint, new Failures(count, clock.instant().plus(ejection(count))));
    }

    private static Duration ejection(int failures) {
        if (failures < FAILURES) {
            return Duration.ZERO;
        }
        int doublings = Math.min(failures - FAILURES, 16);
        Duration wait = FIRST_EJECTION.multipliedBy(1L << doublings);
        return wait.compareTo(LONGEST_EJECTION) > 0 ? LONGEST_EJECTION : wait;
    }

    /** Those that may be tried, in their order; empty only when there are none at all. */
    List<Endpoint> candidates(List<Endpoint> endpoints) {
        if (failing.isEmpty()) {
            return endpoints;
        }
        Instant now = clock.instant();
        Set<Endpoint> ejected = new HashSet<>();
        for (Endpoint endpoint : endpoints) {
            Failures failures = failing.get(endpoint);
            if (failures != null && now.isBefore(failures.until())) {
                ejected.add(endpoint);
            }
        }
        if (ejected.isEmpty() || ejected.size() * 2 > endpoints.size()) {
            return endpoints;
        }
        return endpoints.stream().filter(e -> !ejected.contains(e)).toList();
    }
}
