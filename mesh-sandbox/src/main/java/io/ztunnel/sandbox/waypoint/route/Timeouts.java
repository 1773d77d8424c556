package io.ztunnel.sandbox.waypoint.route;

import java.time.Duration;

/**
 * Zero stands for no limit.
 *
 * @param request from the first byte to the last of the response, with all repetitions
 * @param backendRequest of each try
 */
public record Timeouts(Duration request, Duration backendRequest) {
    public static final Timeouts NONE = new Timeouts(Duration.ZERO, Duration.ZERO);
}
