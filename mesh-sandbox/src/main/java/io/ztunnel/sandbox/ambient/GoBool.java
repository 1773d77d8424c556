package io.ztunnel.sandbox.ambient;

import java.util.Optional;

/** Booleans in labels and annotations, as Go's {@code strconv.ParseBool} takes them. */
final class GoBool {
    private GoBool() {}

    /** Empty for anything that Go would not parse. */
    static Optional<Boolean> parse(String text) {
        return switch (text) {
            case "1", "t", "T", "TRUE", "true", "True" -> Optional.of(true);
            case "0", "f", "F", "FALSE", "false", "False" -> Optional.of(false);
            default -> Optional.empty();
        };
    }
}
