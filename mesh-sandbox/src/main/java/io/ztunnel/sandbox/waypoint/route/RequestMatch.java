package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One match of a rule: all of it must hold. */
public record RequestMatch(
        PathMatch path, Optional<String> method, List<ValueMatch> headers, List<ValueMatch> query) {
    static final RequestMatch ANY =
            new RequestMatch(new PathMatch.Prefix("/"), Optional.empty(), List.of(), List.of());

    /** What the Gateway API lets go first goes first. */
    static final Comparator<RequestMatch> PRECEDENCE =
            Comparator.comparingInt((RequestMatch match) -> match.path.rank())
                    .thenComparing(match -> match.path.length(), Comparator.reverseOrder())
                    .thenComparing(match -> match.method.isPresent(), Comparator.reverseOrder())
                    .thenComparing(match -> match.headers.size(), Comparator.reverseOrder())
                    .thenComparing(match -> match.query.size(), Comparator.reverseOrder());

    public RequestMatch {
        headers = List.copyOf(headers);
        query = List.copyOf(query);
    }

    boolean matches(RequestHead head) {
        return path.matches(head.path())
                && method.filter(m -> !m.equals(head.method())).isEmpty()
                && headers.stream().allMatch(header -> header.matches(head.header(header.name())))
                && queryMatches(head);
    }

    private boolean queryMatches(RequestHead head) {
        if (query.isEmpty()) {
            return true;
        }
        Map<String, List<String>> parameters = head.parameters();
        return query.stream()
                .allMatch(
                        match ->
                                match.matches(
                                        parameters.getOrDefault(match.name(), List.of()).stream()
                                                .findFirst()));
    }
}
