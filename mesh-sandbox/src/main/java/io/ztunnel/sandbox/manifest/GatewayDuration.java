package io.ztunnel.sandbox.manifest;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as the Gateway API writes them (GEP-2257): {@code 1h30m}, {@code 10s}, {@code 500ms}.
 */
public final class GatewayDuration {
    private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
    private static final Pattern PART = Pattern.compile("([0-9]{1,5})(h|ms|m|s)");

    private GatewayDuration() {}

    /** Empty for what is no duration. */
    public static Optional<Long> millis(String text) {
        if (!WHOLE.matcher(text).matches()) {
            return Optional.empty();
        }
        long millis = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            long unit =
                    switch (part.group(2)) {
                        case "h" -> 3_600_000;
                        case "m" -> 60_000;
                        case "s" -> 1_000;
                        default -> 1;
                    };
            millis += Long.parseLong(part.group(1)) * unit;
        }
        return Optional.of(millis);
    }
}
