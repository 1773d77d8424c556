package io.ztunnel.sandbox.waypoint.route;

/**
 * A port of a service.
 *
 * @param hostname such as {@code reviews.bookinfo.svc.cluster.local}
 */
public record ServicePort(String namespace, String hostname, int port) {
    /** The name of the Service object. */
    public String name() {
        int dot = hostname.indexOf('.');
        return dot < 0 ? hostname : hostname.substring(0, dot);
    }
}
