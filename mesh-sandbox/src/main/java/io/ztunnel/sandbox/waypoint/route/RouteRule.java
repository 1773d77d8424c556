package io.ztunnel.sandbox.waypoint.route;

import java.util.List;

/**
 * What one rule of an HTTPRoute does.
 *
 * @param name {@code namespace/route[0]}, for the log
 */
public record RouteRule(
        String name, List<Filter> filters, List<Backend> backends, Timeouts timeouts, Retry retry) {
    public RouteRule {
        filters = List.copyOf(filters);
        backends = List.copyOf(backends);
    }
}
