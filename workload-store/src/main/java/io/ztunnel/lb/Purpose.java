package io.ztunnel.lb;

/** What an endpoint is looked up for; it decides how strictly ports must be declared. */
public enum Purpose {
    /** Traffic that a client addressed, or a network gateway: the service must list the port. */
    STANDARD,
    /**
     * A waypoint on its HBONE port. Users never address that port, so an endpoint with an
     * application tunnel serves it although its service does not list it.
     */
    WAYPOINT
}
