package io.ztunnel.sandbox.ambient;

import java.util.Optional;

/** What became of an object's wish for a waypoint. */
sealed interface Binding {
    /** Nobody asked for one, or the object opted out. */
    record None() implements Binding {}

    /**
     * Traffic goes through the waypoint.
     *
     * @param because which label on what asked for it
     * @param canary a second waypoint for a share of the traffic
     * @param canaryError why there is no canary though one was asked for; "" when all is well
     */
    record Bound(Waypoint waypoint, String because, Optional<Canary> canary, String canaryError)
            implements Binding {
        Bound(Waypoint waypoint, String because) {
            this(waypoint, because, Optional.empty(), "");
        }
    }

    /** The wish cannot be fulfilled: traffic goes direct. */
    record Failed(Reason reason, String message) implements Binding {}

    /**
     * A second waypoint.
     *
     * @param weight per cent of connections, 0..100
     */
    record Canary(Waypoint waypoint, int weight) {}

    /** Why, in the words of the status condition. */
    enum Reason {
        NOT_READY("WaypointIsNotReady"),
        DENIED("AttachmentDenied"),
        UNSUPPORTED_TRAFFIC_TYPE("UnsupportedTrafficType"),
        CROSS_NAMESPACE("CrossNamespaceWaypointForbidden");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
