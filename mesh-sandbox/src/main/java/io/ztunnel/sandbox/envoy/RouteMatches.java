package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.route.PathMatch;
import io.ztunnel.sandbox.waypoint.route.RequestMatch;
import io.ztunnel.sandbox.waypoint.route.ValueMatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which requests a route takes: {@code envoy.config.route.v3.RouteMatch}. */
final class RouteMatches {
    private RouteMatches() {}

    /** Whether Envoy can be told. */
    static boolean isExpressible(RequestMatch match) {
        Stream<String> regexes =
                Stream.concat(match.headers().stream(), match.query().stream())
                        .filter(ValueMatch.Regex.class::isInstance)
                        .map(value -> ((ValueMatch.Regex) value).regex().text());
        return regexes.allMatch(Texts::isRe2)
                && (!(match.path() instanceof PathMatch.Regex(var regex))
                        || Texts.isRe2(regex.text()));
    }

    /**
     * @param hosts condition on the host, or empty for all
     */
    static Map<String, Object> of(RequestMatch match, List<Map<String, Object>> hosts) {
        Map<String, Object> message = path(match.path());
        List<Map<String, Object>> headers = new ArrayList<>(hosts);
        match.method()
                .ifPresent(method -> headers.add(Texts.header(":method", Texts.exact(method))));
        match.headers().forEach(value -> headers.add(Texts.header(value.name(), value(value))));
        if (!headers.isEmpty()) {
            message.put("headers", headers);
        }
        if (!match.query().isEmpty()) {
            message.put(
                    "query_parameters",
                    match.query().stream()
                            .map(value -> Texts.header(value.name(), value(value)))
                            .toList());
        }
        return message;
    }

    private static Map<String, Object> path(PathMatch path) {
        return switch (path) {
            case PathMatch.Exact(String exact) -> Proto.of("path", exact);
            case PathMatch.Prefix(String prefix) ->
                    Proto.of(prefix.equals("/") ? "prefix" : "path_separated_prefix", prefix);
            case PathMatch.Regex(var regex) -> Texts.regex(regex.text());
        };
    }

    private static Map<String, Object> value(ValueMatch match) {
        return switch (match) {
            case ValueMatch.Exact(_, String value) -> Texts.exact(value);
            case ValueMatch.Regex(_, var regex) -> Texts.regex(regex.text());
        };
    }
}
