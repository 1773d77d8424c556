package io.ztunnel.sandbox.waypoint.route;

import java.util.List;

/**
 * What one rule of an HTTPRoute does.
 *
 * @param name {@code namespace/route[0]}, for the log
 */
record RouteRule(
        String name, List<Filter> filters, List<Backend> backends, Timeouts timeouts, Retry retry) {
    RouteRule {
        filters = List.copyOf(filters);
        backends = List.copyOf(backends);
    }
}
