package io.ztunnel.sandbox.waypoint.route;

import java.util.List;

/** One of the places that a rule sends requests to. */
public record Backend(Target target, int weight, List<Filter> filters) {
    public Backend {
        filters = List.copyOf(filters);
    }

    /** In the words of the condition {@code ResolvedRefs}. */
    public enum Reason {
        INVALID_KIND("InvalidKind"),
        REF_NOT_PERMITTED("RefNotPermitted"),
        BACKEND_NOT_FOUND("BackendNotFound");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    public sealed interface Target {
        record Valid(ServicePort service) implements Target {}

        /** Its share of the requests is answered with 500, as the Gateway API asks for. */
        record Invalid(Reason reason, String why) implements Target {}
    }
}
