package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.route.Backend;
import io.ztunnel.sandbox.waypoint.route.Filter;
import io.ztunnel.sandbox.waypoint.route.PathMatch;
import io.ztunnel.sandbox.waypoint.route.Retry;
import io.ztunnel.sandbox.waypoint.route.RouteRule;
import io.ztunnel.sandbox.waypoint.route.Timeouts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What becomes of the requests that a route takes. */
final class RouteActions {
    /** A cluster that there is not: what is sent there is answered with 500. */
    static final String NOWHERE = "invalid backend";

    private static final int INTERNAL_ERROR = 500;
    private static final int GATEWAY_TIMEOUT = 504;
    private static final long MILLION = 1_000_000;
    private static final Map<Integer, String> REDIRECTS =
            Map.of(
                    301, "MOVED_PERMANENTLY",
                    302, "FOUND",
                    303, "SEE_OTHER",
                    307, "TEMPORARY_REDIRECT",
                    308, "PERMANENT_REDIRECT");

    private RouteActions() {}

    /** Where requests go that no HTTPRoute has a say about. */
    static Map<String, Object> straight(String cluster) {
        return Proto.of(
                "route", limits(Proto.of("cluster", cluster), Timeouts.NONE, Retry.DEFAULT));
    }

    static Map<String, Object> respond(int status, String why) {
        return Proto.of(
                "direct_response",
                Proto.of("status", status, "body", Proto.of("inline_string", why)));
    }

    static Map<String, Object> of(RouteRule rule, PathMatch matched) {
        Optional<Filter.Redirect> redirect =
                rule.filters().stream()
                        .filter(Filter.Redirect.class::isInstance)
                        .map(Filter.Redirect.class::cast)
                        .findFirst();
        if (has(rule.filters(), Filter.Unsupported.class)) {
            return respond(INTERNAL_ERROR, "a filter of the HTTPRoute is not supported");
        }
        if (redirect.isPresent()) {
            return Proto.of("redirect", redirect(redirect.get(), matched));
        }
        List<Backend> weighted = rule.backends().stream().filter(b -> b.weight() > 0).toList();
        if (weighted.isEmpty()) {
            return respond(INTERNAL_ERROR, "the HTTPRoute has no backend");
        }
        return Proto.of("route", forward(rule, weighted, matched));
    }

    private static Map<String, Object> forward(
            RouteRule rule, List<Backend> weighted, PathMatch matched) {
        List<Filter> common = new ArrayList<>(rule.filters());
        boolean alone = weighted.size() == 1;
        if (alone) {
            common.addAll(weighted.getFirst().filters());
        }
        List<Map<String, Object>> clusters =
                weighted.stream()
                        .map(
                                backend -> {
                                    List<Filter> filters = new ArrayList<>(rule.filters());
                                    filters.addAll(backend.filters());
                                    return share(backend, filters, alone);
                                })
                        .toList();
        Map<String, Object> action =
                Proto.of(
                        "weighted_clusters",
                        Proto.of("clusters", clusters),
                        "cluster_not_found_response_code",
                        "INTERNAL_SERVER_ERROR");
        for (Filter filter : common) {
            if (filter instanceof Filter.Rewrite(_, Filter.Path path)) {
                rewrite(action, path, matched);
            }
        }
        List<Map<String, Object>> mirrors = mirrors(common);
        if (!mirrors.isEmpty()) {
            action.put("request_mirror_policies", mirrors);
        }
        return limits(action, rule.timeouts(), rule.retry());
    }

    /**
     * @param filters of the rule, then of the backend
     * @param alone whether what Envoy cannot do for a share is done for the whole
     */
    private static Map<String, Object> share(Backend backend, List<Filter> filters, boolean alone) {
        boolean able =
                !has(backend.filters(), Filter.Unsupported.class)
                        && (alone || backend.filters().stream().noneMatch(RouteActions::isForAll));
        Map<String, Object> share =
                Proto.of(
                        "name",
                        able && backend.target() instanceof Backend.Target.Valid(var service)
                                ? Clusters.name(service)
                                : NOWHERE,
                        "weight",
                        backend.weight());
        HeaderEdits request =
                new HeaderEdits(
                        filters.stream()
                                .filter(Filter.ChangeRequest.class::isInstance)
                                .map(filter -> ((Filter.ChangeRequest) filter).changes())
                                .toList());
        request.into(share, "request");
        new HeaderEdits(
                        filters.stream()
                                .filter(Filter.ChangeResponse.class::isInstance)
                                .map(filter -> ((Filter.ChangeResponse) filter).changes())
                                .toList())
                .into(share, "response");
        filters.stream()
                .filter(Filter.Rewrite.class::isInstance)
                .flatMap(filter -> ((Filter.Rewrite) filter).hostname().stream())
                .reduce((_, last) -> last)
                .or(request::host)
                .ifPresent(host -> share.put("host_rewrite_literal", host));
        return share;
    }

    /** Envoy has it for a route as a whole only. */
    private static boolean isForAll(Filter filter) {
        return filter instanceof Filter.Mirror
                || (filter instanceof Filter.Rewrite(_, Filter.Path path)
                        && !(path instanceof Filter.Path.Keep));
    }

    private static boolean has(List<Filter> filters, Class<? extends Filter> kind) {
        return filters.stream().anyMatch(kind::isInstance);
    }

    private static Map<String, Object> redirect(Filter.Redirect redirect, PathMatch matched) {
        // Behind a waypoint requests are in the clear.
        Map<String, Object> message =
                Proto.of(
                        "scheme_redirect",
                        redirect.scheme().orElse("http"),
                        "response_code",
                        REDIRECTS.getOrDefault(redirect.status(), "FOUND"));
        redirect.hostname().ifPresent(host -> message.put("host_redirect", host));
        if (redirect.port() != 0) {
            message.put("port_redirect", redirect.port());
        }
        if (redirect.path() instanceof Filter.Path.Full(String path)) {
            message.put("path_redirect", path);
        } else {
            rewrite(message, redirect.path(), matched);
        }
        return message;
    }

    /** By regular expression: a prefix of Envoy's cannot be replaced by nothing but a slash. */
    private static void rewrite(Map<String, Object> message, Filter.Path path, PathMatch matched) {
        switch (path) {
            case Filter.Path.Keep() -> {}
            case Filter.Path.Full(String full) ->
                    message.put("regex_rewrite", replacement("^.*$", full));
            case Filter.Path.Prefix(String replacement) -> {
                if (matched instanceof PathMatch.Prefix(String prefix)) {
                    String head =
                            replacement.endsWith("/")
                                    ? replacement.substring(0, replacement.length() - 1)
                                    : replacement;
                    boolean all = prefix.equals("/");
                    String regex = all ? "^/" : "^" + Texts.quote(prefix);
                    message.put(
                            "regex_rewrite",
                            head.isEmpty() && !all
                                    ? replacement(regex + "/?", "/")
                                    : replacement(regex, all ? head + "/" : head));
                }
            }
        }
    }

    private static Map<String, Object> replacement(String regex, String by) {
        return Proto.of(
                "pattern", Proto.of("regex", regex), "substitution", by.replace("\\", "\\\\"));
    }

    private static List<Map<String, Object>> mirrors(List<Filter> filters) {
        List<Map<String, Object>> policies = new ArrayList<>();
        for (Filter filter : filters) {
            if (filter instanceof Filter.Mirror(Backend backend, int numerator, int denominator)
                    && backend.target() instanceof Backend.Target.Valid(var service)) {
                policies.add(
                        Proto.of(
                                "cluster",
                                Clusters.name(service),
                                "runtime_fraction",
                                Proto.of(
                                        "default_value",
                                        Proto.of(
                                                "numerator",
                                                numerator * MILLION / denominator,
                                                "denominator",
                                                "MILLION")),
                                "disable_shadow_host_suffix_append",
                                true));
            }
        }
        return policies;
    }

    private static Map<String, Object> limits(
            Map<String, Object> action, Timeouts timeouts, Retry retry) {
        Set<Integer> codes = retry.codes();
        // Among the reasons "reset" is the only one that holds for a try that takes too long.
        Map<String, Object> policy =
                Proto.of(
                        "retry_on",
                        "connect-failure,refused-stream,reset-before-request"
                                + (codes.isEmpty() ? "" : ",retriable-status-codes")
                                + (codes.contains(GATEWAY_TIMEOUT) ? ",reset" : ""),
                        "num_retries",
                        retry.attempts(),
                        "retry_back_off",
                        backOff(retry.backoff()),
                        "retry_host_predicate",
                        List.of(
                                Proto.extension(
                                        "envoy.retry_host_predicates.previous_hosts",
                                        "envoy.extensions.retry.host.previous_hosts.v3"
                                                + ".PreviousHostsPredicate")),
                        "host_selection_retry_max_attempts",
                        5);
        if (!codes.isEmpty()) {
            policy.put("retriable_status_codes", codes.stream().sorted().toList());
        }
        if (!timeouts.backendRequest().isZero()) {
            policy.put("per_try_timeout", Proto.duration(timeouts.backendRequest()));
        }
        action.put("timeout", Proto.duration(timeouts.request()));
        action.put("retry_policy", policy);
        return action;
    }

    private static Map<String, Object> backOff(Duration base) {
        return Proto.of(
                "base_interval",
                Proto.duration(base),
                "max_interval",
                Proto.duration(base.multipliedBy(1_000)));
    }
}
