package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.waypoint.request.BoundedRegex;

import java.util.Optional;

/** What a rule asks of a header or a query parameter. */
public sealed interface ValueMatch {
    String name();

    record Exact(String name, String value) implements ValueMatch {}

    record Regex(String name, BoundedRegex regex) implements ValueMatch {}

    default boolean matches(Optional<String> present) {
        return switch (this) {
            case Exact exact -> present.filter(exact.value()::equals).isPresent();
            case Regex regex -> present.filter(regex.regex()::matches).isPresent();
        };
    }
}
