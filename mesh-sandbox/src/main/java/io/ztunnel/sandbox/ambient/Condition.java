package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.ObjectKey;

/**
 * A status condition, as istiod would write it to the object.
 *
 * @param type such as {@code istio.io/WaypointBound} or {@code ZtunnelAccepted}
 * @param reason one word, as istiod has it
 * @param message for people
 */
public record Condition(
        ObjectKey object, String type, boolean status, String reason, String message) {
    static final String WAYPOINT_BOUND = "istio.io/WaypointBound";
    static final String WAYPOINT_MISSING = "istio.io/WaypointMissing";
    static final String VISIBILITY_APPLIED = "istio.io/VisibilityApplied";
    static final String ZTUNNEL_ACCEPTED = "ZtunnelAccepted";
    static final String WAYPOINT_ACCEPTED = "WaypointAccepted";
}
