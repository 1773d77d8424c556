package io.ztunnel.daemon.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Durations as the reference takes them: {@code 24h}, {@code 1d}, {@code 90s}, {@code 500ms}, sums
 * such as {@code 1h30m} or {@code 1m + 5s}; a bare whole number is seconds.
 */
final class Durations {
    private static final Map<String, ChronoUnit> UNITS = new LinkedHashMap<>();

    static {
        UNITS.put("w", ChronoUnit.WEEKS);
        UNITS.put("d", ChronoUnit.DAYS);
        UNITS.put("h", ChronoUnit.HOURS);
        UNITS.put("m", ChronoUnit.MINUTES);
        UNITS.put("s", ChronoUnit.SECONDS);
        UNITS.put("ms", ChronoUnit.MILLIS);
        UNITS.put("us", ChronoUnit.MICROS);
        UNITS.put("\u00b5s", ChronoUnit.MICROS);
        UNITS.put("ns", ChronoUnit.NANOS);
    }

    private Durations() {}

    /**
     * @throws IllegalArgumentException for anything else, and for what overflows
     */
    static Duration parse(String text) {
        Duration sum = Duration.ZERO;
        int at = 0;
        int terms = 0;
        try {
            while (at < text.length()) {
                int digits = skip(text, at, c -> c == ' ' || c == '+');
                int unit = skip(text, digits, c -> c >= '0' && c <= '9');
                int end = skip(text, unit, Character::isLetter);
                long amount = Long.parseLong(text, digits, unit, 10);
                sum = sum.plus(term(amount, text.substring(unit, end), terms == 0));
                terms++;
                at = end;
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too long: " + text, e);
        }
        if (terms == 0) {
            throw new IllegalArgumentException("no duration: " + text);
        }
        return sum;
    }

    private static Duration term(long amount, String unit, boolean first) {
        if (unit.isEmpty() && first) {
            return Duration.ofSeconds(amount);
        }
        ChronoUnit known = UNITS.get(unit);
        if (known == null) {
            throw new IllegalArgumentException("unknown unit: " + unit);
        }
        // A day is 24 hours here, a week seven of them.
        return known.getDuration().multipliedBy(amount);
    }

    private interface CharTest {
        boolean test(char c);
    }

    private static int skip(String text, int from, CharTest test) {
        int at = from;
        while (at < text.length() && test.test(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
