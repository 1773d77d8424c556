package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.manifest.GatewayDuration;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.waypoint.request.BoundedRegex;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** One HTTPRoute as entries; what it is attached to is found out elsewhere. */
final class RouteConversion {
    private final KubeObject route;
    private final FilterConversion filters;
    private final BackendReferences references;
    private final Consumer<Problem> problems;

    RouteConversion(KubeObject route, BackendReferences references, Consumer<Problem> problems) {
        this.route = route;
        this.filters = new FilterConversion(route.namespace(), references);
        this.references = references;
        this.problems = problems;
    }

    /** In the order of the route. */
    List<RouteEntry> entries() {
        RouteEntry.Age age =
                new RouteEntry.Age(
                        route.tree().text("metadata", "creationTimestamp"),
                        route.namespace() + "/" + route.name());
        List<RouteEntry> entries = new ArrayList<>();
        // Without any rule there is one that takes everything, as the API's default has it.
        List<Tree> rules =
                route.spec().has("rules") ? route.spec().trees("rules") : List.of(Tree.EMPTY);
        for (int i = 0; i < rules.size(); i++) {
            Tree rule = rules.get(i);
            RouteRule then = rule(rule, i);
            List<Tree> matches = rule.trees("matches");
            if (matches.isEmpty()) {
                entries.add(new RouteEntry(Hostnames.ALL, RequestMatch.ANY, then, age, i));
            }
            for (Tree match : matches) {
                entries.add(new RouteEntry(Hostnames.ALL, match(match), then, age, i));
            }
        }
        return entries;
    }

    private RouteRule rule(Tree rule, int number) {
        List<Backend> backends = new ArrayList<>();
        List<Tree> written = rule.trees("backendRefs");
        for (int i = 0; i < written.size(); i++) {
            Backend backend = backend(written.get(i));
            backends.add(backend);
            if (backend.target() instanceof Backend.Target.Invalid(_, String why)) {
                problems.accept(
                        Problem.warning(
                                route.origin(),
                                "spec.rules[%d].backendRefs[%d]".formatted(number, i),
                                route.key()
                                        + ": "
                                        + why
                                        + ": its share of the requests is answered with 500"));
            }
        }
        return new RouteRule(
                "%s/%s[%d]".formatted(route.namespace(), route.name(), number),
                filters.of(rule),
                backends,
                new Timeouts(
                        duration(rule, "timeouts", "request"),
                        duration(rule, "timeouts", "backendRequest")),
                retry(rule));
    }

    private Backend backend(Tree written) {
        return new Backend(
                references.resolve(written, route.namespace()),
                written.integer("weight").orElse(1),
                filters.of(written));
    }

    private static Duration duration(Tree at, String... path) {
        return at.string(path)
                .flatMap(GatewayDuration::millis)
                .map(Duration::ofMillis)
                .orElse(Duration.ZERO);
    }

    private static Retry retry(Tree rule) {
        if (!rule.has("retry")) {
            return Retry.DEFAULT;
        }
        Set<Integer> codes = new HashSet<>();
        for (Object code : rule.list("retry", "codes")) {
            if (code instanceof Long number) {
                codes.add(number.intValue());
            }
        }
        Duration backoff = duration(rule, "retry", "backoff");
        return new Retry(
                Math.min(
                        rule.integer("retry", "attempts").orElse(Retry.DEFAULT.attempts()),
                        Retry.MAX_ATTEMPTS),
                codes,
                backoff.isZero() ? Retry.DEFAULT.backoff() : backoff);
    }

    private static RequestMatch match(Tree match) {
        return new RequestMatch(
                path(match.tree("path")),
                match.string("method"),
                values(match.trees("headers"), true),
                values(match.trees("queryParams"), false));
    }

    private static PathMatch path(Tree path) {
        String value = path.string("value").orElse("/");
        return switch (path.text("type")) {
            case "Exact" -> new PathMatch.Exact(value);
            case "RegularExpression" -> new PathMatch.Regex(new BoundedRegex(value));
            default -> new PathMatch.Prefix(value);
        };
    }

    /** Of several with one name the first counts. */
    private static List<ValueMatch> values(List<Tree> written, boolean ignoreCase) {
        List<ValueMatch> matches = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Tree match : written) {
            String name = match.text("name");
            if (names.add(ignoreCase ? name.toLowerCase(Locale.ROOT) : name)) {
                Optional<String> value = match.string("value");
                matches.add(
                        match.text("type").equals("RegularExpression")
                                ? new ValueMatch.Regex(name, new BoundedRegex(value.orElse("")))
                                : new ValueMatch.Exact(name, value.orElse("")));
            }
        }
        return matches;
    }
}
