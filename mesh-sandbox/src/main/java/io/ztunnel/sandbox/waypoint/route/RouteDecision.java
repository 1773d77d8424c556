package io.ztunnel.sandbox.waypoint.route;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What becomes of a request. */
public sealed interface RouteDecision {
    /** {@code namespace/route[rule]}; "" when no route has a say. */
    String route();

    /** The waypoint answers itself. */
    record Respond(String route, int status, Map<String, String> headers, String body)
            implements RouteDecision {}

    /**
     * The request goes on.
     *
     * @param backend empty: to what was dialled
     * @param target path and query
     * @param mirrors who gets a copy
     */
    record Forward(
            String route,
            Optional<ServicePort> backend,
            String target,
            String authority,
            List<HeaderChanges> request,
            List<HeaderChanges> response,
            List<ServicePort> mirrors,
            Timeouts timeouts,
            Retry retry)
            implements RouteDecision {
        public Forward {
            request = List.copyOf(request);
            response = List.copyOf(response);
            mirrors = List.copyOf(mirrors);
        }
    }

    /**
     * @param dialled empty for a workload's own address
     * @param random decides between weighted backends, and which requests are mirrored
     */
    static RouteDecision of(
            RouteTable table,
            Optional<ServicePort> dialled,
            RequestHead head,
            RandomGenerator random) {
        return switch (table.find(dialled, head)) {
            case RouteTable.Found.NoRoute() ->
                    new Forward(
                            "",
                            Optional.empty(),
                            head.target(),
                            head.authority(),
                            List.of(),
                            List.of(),
                            List.of(),
                            Timeouts.NONE,
                            Retry.DEFAULT);
            case RouteTable.Found.NoMatch() ->
                    new Respond("", 404, Map.of(), "no rule of the HTTPRoutes matches");
            case RouteTable.Found.Rule(RouteEntry entry) -> apply(entry, head, random);
        };
    }

    private static RouteDecision apply(RouteEntry entry, RequestHead head, RandomGenerator random) {
        RouteRule rule = entry.then();
        List<Filter> filters = new ArrayList<>(rule.filters());
        if (filters.stream().anyMatch(Filter.Unsupported.class::isInstance)) {
            return internal(rule, "a filter of the HTTPRoute is not supported");
        }
        Optional<Filter.Redirect> redirect =
                filters.stream()
                        .filter(Filter.Redirect.class::isInstance)
                        .map(Filter.Redirect.class::cast)
                        .findFirst();
        if (redirect.isPresent()) {
            String location = Locations.of(redirect.get(), entry.match().path(), head);
            return new Respond(
                    rule.name(),
                    redirect.get().status(),
                    Map.of(HttpHeaderNames.LOCATION.toString(), location),
                    "");
        }
        Optional<Backend> backend = WeightedChoice.of(rule.backends(), random);
        if (backend.isEmpty()) {
            return internal(rule, "the HTTPRoute has no backend");
        }
        return switch (backend.get().target()) {
            case Backend.Target.Invalid(_, String why) ->
                    internal(rule, "backend of the HTTPRoute: " + why);
            case Backend.Target.Valid(ServicePort service) -> {
                filters.addAll(backend.get().filters());
                yield filters.stream().anyMatch(Filter.Unsupported.class::isInstance)
                        ? internal(rule, "a filter of the HTTPRoute is not supported")
                        : forward(entry, service, filters, head, random);
            }
        };
    }

    private static Forward forward(
            RouteEntry entry,
            ServicePort service,
            List<Filter> filters,
            RequestHead head,
            RandomGenerator random) {
        List<HeaderChanges> request = new ArrayList<>();
        List<HeaderChanges> response = new ArrayList<>();
        List<ServicePort> mirrors = new ArrayList<>();
        String path = head.path();
        String authority = head.authority();
        for (Filter filter : filters) {
            switch (filter) {
                case Filter.ChangeRequest(HeaderChanges changes) -> request.add(changes);
                case Filter.ChangeResponse(HeaderChanges changes) -> response.add(changes);
                case Filter.Rewrite rewrite -> {
                    path = rewrite.path().of(entry.match().path()).apply(path);
                    authority = rewrite.hostname().orElse(authority);
                }
                case Filter.Mirror mirror -> {
                    boolean chosen = random.nextInt(mirror.denominator()) < mirror.numerator();
                    if (chosen && mirror.backend().target() instanceof Backend.Target.Valid valid) {
                        mirrors.add(valid.service());
                    }
                }
                case Filter.Redirect _, Filter.Unsupported _ -> {}
            }
        }
        RouteRule rule = entry.then();
        return new Forward(
                rule.name(),
                Optional.of(service),
                head.query().isEmpty() ? path : path + "?" + head.query(),
                authority,
                request,
                response,
                mirrors,
                rule.timeouts(),
                rule.retry());
    }

    private static Respond internal(RouteRule rule, String why) {
        return new Respond(rule.name(), 500, Map.of(), why);
    }
}
