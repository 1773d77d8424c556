package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.route.RouteEntry;
import io.ztunnel.sandbox.waypoint.route.RouteTable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The routes of one destination. What was dialled says which service is meant, so that there is one
 * virtual host for all; the hostnames of routes that are attached to the Gateway are conditions.
 */
final class RouteConfig {
    private static final int NOT_FOUND = 404;
    private static final int INTERNAL_ERROR = 500;
    private static final String NO_RULE = "no rule of the HTTPRoutes matches";

    private RouteConfig() {}

    static Map<String, Object> of(Destination destination, RouteTable table) {
        return Proto.of(
                "name",
                Clusters.name(destination),
                "virtual_hosts",
                List.of(
                        Proto.of(
                                "name",
                                destination.name(),
                                "domains",
                                List.of("*"),
                                "routes",
                                routes(destination, table))),
                "validate_clusters",
                false);
    }

    private static List<Map<String, Object>> routes(Destination destination, RouteTable table) {
        List<RouteEntry> own = destination.service().map(table::ofService).orElse(List.of());
        List<Map<String, Object>> routes = new ArrayList<>();
        if (own.isEmpty()) {
            hosted(routes, table.ofGateway());
            routes.add(route(any(List.of()), RouteActions.straight(Clusters.name(destination))));
        } else {
            own.forEach(entry -> routes.add(route(entry, List.of())));
            routes.add(route(any(List.of()), RouteActions.respond(NOT_FOUND, NO_RULE)));
        }
        return routes;
    }

    /**
     * The more precise hostname goes first; behind the last there is no way on for its requests.
     */
    private static void hosted(List<Map<String, Object>> routes, List<RouteEntry> entries) {
        List<String> names =
                entries.stream()
                        .flatMap(entry -> entry.hostnames().names().stream())
                        .distinct()
                        .sorted(
                                Comparator.comparing((String name) -> name.startsWith("*."))
                                        .thenComparing(
                                                Comparator.comparingInt(String::length).reversed()))
                        .toList();
        for (String name : names) {
            List<Map<String, Object>> condition = List.of(host(name));
            entries.stream()
                    .filter(entry -> entry.hostnames().names().contains(name))
                    .forEach(entry -> routes.add(route(entry, condition)));
        }
        List<RouteEntry> forAll =
                entries.stream().filter(entry -> entry.hostnames().names().isEmpty()).toList();
        forAll.forEach(entry -> routes.add(route(entry, List.of())));
        Map<String, Object> none = RouteActions.respond(NOT_FOUND, NO_RULE);
        if (!forAll.isEmpty()) {
            routes.add(route(any(List.of()), none));
        } else {
            names.forEach(name -> routes.add(route(any(List.of(host(name))), none)));
        }
    }

    private static Map<String, Object> host(String name) {
        String pattern =
                name.startsWith("*.") ? ".*" + Texts.quote(name.substring(1)) : Texts.quote(name);
        return Texts.header(":authority", Texts.regex("(?i)" + pattern + "(:[^:\\]]*)?"));
    }

    private static Map<String, Object> route(RouteEntry entry, List<Map<String, Object>> hosts) {
        return RouteMatches.isExpressible(entry.match())
                ? named(
                        entry.then().name(),
                        route(
                                RouteMatches.of(entry.match(), hosts),
                                RouteActions.of(entry.then(), entry.match().path())))
                : named(
                        entry.then().name(),
                        route(
                                any(hosts),
                                RouteActions.respond(
                                        INTERNAL_ERROR,
                                        "a regular expression of the HTTPRoute is not RE2's")));
    }

    private static Map<String, Object> named(String name, Map<String, Object> route) {
        route.put("name", name);
        return route;
    }

    private static Map<String, Object> any(List<Map<String, Object>> hosts) {
        Map<String, Object> match = Proto.of("prefix", "/");
        if (!hosts.isEmpty()) {
            match.put("headers", hosts);
        }
        return match;
    }

    private static Map<String, Object> route(
            Map<String, Object> match, Map<String, Object> action) {
        Map<String, Object> route = Proto.of("match", match);
        route.putAll(action);
        return route;
    }
}
