package io.ztunnel.routing;

/** Why there is no route for an outbound connection. */
public enum RoutingError {
    NO_HEALTHY_UPSTREAM(
            "no_healthy_upstream",
            "check that the service lists this port and has an endpoint that is ready"),
    UNKNOWN_WAYPOINT(
            "unknown_waypoint",
            "check that the waypoint named by istio.io/use-waypoint exists, is ready and declares"
                    + " its HBONE port; traffic never goes around a waypoint"),
    UNKNOWN_NETWORK_GATEWAY(
            "unknown_network_gateway",
            "check that the east-west gateway of the destination's network is known to istiod and"
                    + " has an address"),
    NO_SERVICE(
            "no_service",
            "the destination is on another network, which only services can be reached in: dial"
                    + " a service instead of an address"),
    NO_VALID_DESTINATION(
            "no_valid_destination",
            "the destination has no address that can be dialled from here: check its addresses,"
                    + " host name and network gateway"),
    SELF_CALL(
            "self_call",
            "the application dialled a port of ztunnel itself on its loopback address: check its"
                    + " configuration");

    private final String code;
    private final String hint;

    RoutingError(String code, String hint) {
        this.code = code;
        this.hint = hint;
    }

    /** Stable; for logs and metrics. */
    public String code() {
        return code;
    }

    /** One line: what to do next. */
    public String hint() {
        return hint;
    }
}
