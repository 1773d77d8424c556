package io.ztunnel.sandbox.waypoint.telemetry;

/**
 * The service that answered, or was to.
 *
 * @param host such as {@code reviews.bookinfo.svc.cluster.local}
 */
public record Destination(String host, String name, String namespace) {
    /** Of traffic to a workload's own address. */
    public static final Destination NONE = new Destination("unknown", "unknown", "unknown");
}
