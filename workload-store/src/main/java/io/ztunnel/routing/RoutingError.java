package io.ztunnel.routing;

/** Why there is no route. The text of each is what the access log shows; spec 01 §12. */
public enum RoutingError {
    NO_HEALTHY_UPSTREAM,
    UNKNOWN_WAYPOINT,
    UNKNOWN_NETWORK_GATEWAY,
    NO_SERVICE,
    NO_VALID_DESTINATION,
    SELF_CALL
}
