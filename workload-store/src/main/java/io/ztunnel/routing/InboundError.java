package io.ztunnel.routing;

/** Why a CONNECT cannot be mapped to a port of the local workload. */
public enum InboundError {
    INVALID_AUTHORITY(
            400, "invalid_authority", "the peer must CONNECT to ip:port, [ipv6]:port or host:port"),
    IP_MISMATCH(
            400,
            "ip_mismatch",
            "the peer opened its tunnel to another workload than it asks for; if this pod is a"
                    + " waypoint, check that the destination names it as its waypoint"),
    UNKNOWN_HOSTNAME(
            503,
            "unknown_hostname",
            "check that a service of that host name exists and is visible in this namespace"),
    NO_SERVICE_PORT(
            503,
            "no_service_port",
            "check that the service lists the port and that this workload is one of its"
                    + " endpoints"),
    NO_SERVICE_ADDRESS(
            503,
            "no_service_address",
            "this workload takes the PROXY protocol, which needs an address: give the service a"
                    + " virtual IP"),
    SELF_CALL(
            503,
            "self_call",
            "the peer asked for a port of ztunnel itself, which is never forwarded to");

    private final int status;
    private final String code;
    private final String hint;

    InboundError(int status, String code, String hint) {
        this.status = status;
        this.code = code;
        this.hint = hint;
    }

    /** The HTTP status that the peer is answered with. */
    public int status() {
        return status;
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
