package io.ztunnel.routing;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * A W3C trace context, which ties the log lines of one connection together across proxies.
 *
 * @param text {@code 00-<32 hex>-<16 hex>-00}
 */
public record TraceParent(String text) {
    private static final int LENGTH = 55;

    /**
     * @return null when there is none, or it is not four groups of 2, 32, 16 and 2 hex digits; a
     *     new one takes its place then
     */
    public static @Nullable TraceParent parse(@Nullable CharSequence header) {
        if (header == null || header.length() != LENGTH) {
            return null;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = header.charAt(i);
            boolean separator = i == 2 || i == 35 || i == 52;
            if (separator ? c != '-' : !HexFormat.isHexDigit(c)) {
                return null;
            }
        }
        return new TraceParent(header.toString());
    }

    /** Not sampled: nobody has asked for a trace. */
    public static TraceParent next(RandomGenerator random) {
        HexFormat hex = HexFormat.of();
        return new TraceParent(
                "00-"
                        + hex.toHexDigits(random.nextLong())
                        + hex.toHexDigits(random.nextLong())
                        + "-"
                        + hex.toHexDigits(random.nextLong())
                        + "-00");
    }

    /** 32 hex digits, the same on every hop. */
    public String traceId() {
        return text.substring(3, 35);
    }

    @Override
    public String toString() {
        return text;
    }
}
