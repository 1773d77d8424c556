package io.ztunnel.routing;

/** A reference to a waypoint or gateway, followed: an endpoint of it, or why there is none. */
sealed interface Resolved permits Upstream, Resolved.Failed {
    record Failed(Route.Refused refused) implements Resolved {}

    static Failed failed(RoutingError error, String detail) {
        return new Failed(new Route.Refused(error, detail));
    }
}
