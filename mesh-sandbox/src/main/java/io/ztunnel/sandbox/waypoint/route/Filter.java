package io.ztunnel.sandbox.waypoint.route;

import java.util.Optional;

/** One filter of a rule or of a backend. */
public sealed interface Filter {
    record ChangeRequest(HeaderChanges changes) implements Filter {}

    record ChangeResponse(HeaderChanges changes) implements Filter {}

    /**
     * @param port of the new location; 0 when the filter names none
     */
    record Redirect(
            Optional<String> scheme, Optional<String> hostname, int port, Path path, int status)
            implements Filter {}

    record Rewrite(Optional<String> hostname, Path path) implements Filter {}

    /**
     * @param numerator of the share of requests that are copied
     */
    record Mirror(Backend backend, int numerator, int denominator) implements Filter {}

    /** A filter that must not be skipped, and that this waypoint does not have. */
    record Unsupported(String type) implements Filter {}

    /** What is asked for; the prefix is known only with the match. */
    sealed interface Path {
        record Keep() implements Path {}

        record Full(String path) implements Path {}

        record Prefix(String replacement) implements Path {}

        default PathChange of(PathMatch match) {
            return switch (this) {
                case Keep() -> new PathChange.Keep();
                case Full(String path) -> new PathChange.Full(path);
                case Prefix(String replacement) ->
                        match instanceof PathMatch.Prefix(String prefix)
                                ? new PathChange.Prefix(prefix, replacement)
                                : new PathChange.Keep();
            };
        }
    }
}
