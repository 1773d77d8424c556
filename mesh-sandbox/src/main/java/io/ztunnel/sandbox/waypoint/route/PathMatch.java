package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.waypoint.request.BoundedRegex;

/** What a rule asks of the path; the query is no part of it. */
public sealed interface PathMatch {
    record Exact(String path) implements PathMatch {}

    /** By whole elements: {@code /foo} takes {@code /foo/bar} and not {@code /foobar}. */
    record Prefix(String prefix) implements PathMatch {
        public Prefix {
            while (prefix.length() > 1 && prefix.endsWith("/")) {
                prefix = prefix.substring(0, prefix.length() - 1);
            }
        }
    }

    record Regex(BoundedRegex regex) implements PathMatch {}

    default boolean matches(String path) {
        return switch (this) {
            case Exact(String exact) -> path.equals(exact);
            case Prefix(String prefix) ->
                    prefix.equals("/")
                            || path.equals(prefix)
                            || (path.startsWith(prefix) && path.charAt(prefix.length()) == '/');
            case Regex(BoundedRegex regex) -> regex.matches(path);
        };
    }

    /**
     * Exact goes before prefix; for regular expressions, which the API leaves open, as in Istio.
     */
    default int rank() {
        return switch (this) {
            case Exact _ -> 0;
            case Prefix _ -> 1;
            case Regex _ -> 2;
        };
    }

    /** The longer one goes first. */
    default int length() {
        return switch (this) {
            case Exact(String exact) -> exact.length();
            case Prefix(String prefix) -> prefix.length();
            case Regex(BoundedRegex regex) -> regex.text().length();
        };
    }
}
