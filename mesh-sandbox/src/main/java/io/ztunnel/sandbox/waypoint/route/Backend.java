package io.ztunnel.sandbox.waypoint.route;

import java.util.List;

/** One of the places that a rule sends requests to. */
public record Backend(Target target, int weight, List<Filter> filters) {
    public Backend {
        filters = List.copyOf(filters);
    }

    public sealed interface Target {
        record Valid(ServicePort service) implements Target {}

        /** Its share of the requests is answered with 500, as the Gateway API asks for. */
        record Invalid(String why) implements Target {}
    }
}
