package io.ztunnel.sandbox.waypoint.route;

/** What a redirect or a rewrite makes of the path; the query stays. */
public sealed interface PathChange {
    record Keep() implements PathChange {}

    record Full(String path) implements PathChange {}

    /**
     * @param prefix that matched, without a slash at its end
     */
    record Prefix(String prefix, String replacement) implements PathChange {}

    default String apply(String path) {
        return switch (this) {
            case Keep() -> path;
            case Full(String full) -> full;
            case Prefix(String prefix, String replacement) -> {
                String rest = prefix.equals("/") ? path : path.substring(prefix.length());
                String head =
                        replacement.endsWith("/")
                                ? replacement.substring(0, replacement.length() - 1)
                                : replacement;
                String joined = head + rest;
                yield joined.startsWith("/") ? joined : "/" + joined;
            }
        };
    }
}
