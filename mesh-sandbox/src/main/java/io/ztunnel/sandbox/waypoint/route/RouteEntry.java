package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.Comparator;

/**
 * A match and the rule it leads to.
 *
 * @param hostnames of the route; those of routes that are attached to a Service are of no account
 * @param age of the route: the older goes first
 * @param ruleNumber in the order of the route
 */
public record RouteEntry(
        Hostnames hostnames, RequestMatch match, RouteRule then, Age age, int ruleNumber) {
    /**
     * @param created as the API server writes it, "" when it is not known
     */
    public record Age(String created, String key) {}

    /** Which entry wins where several match (Gateway API, HTTPRouteRule.matches). */
    static final Comparator<RouteEntry> PRECEDENCE =
            Comparator.comparing(RouteEntry::match, RequestMatch.PRECEDENCE)
                    .thenComparing(entry -> entry.age.created.isEmpty())
                    .thenComparing(entry -> entry.age.created)
                    .thenComparing(entry -> entry.age.key)
                    .thenComparingInt(RouteEntry::ruleNumber);

    boolean matches(RequestHead head) {
        return match.matches(head);
    }
}
