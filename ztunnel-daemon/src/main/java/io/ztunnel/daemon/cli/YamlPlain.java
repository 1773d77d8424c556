package io.ztunnel.daemon.cli;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an unquoted scalar means in YAML 1.1, as far as istioctl's writer cares. */
final class YamlPlain {
    private static final Set<String> WORDS =
            Set.of(
                    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "n", "N", "no",
                    "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON",
                    "off", "Off", "OFF", ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf",
                    "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF");
    private static final Pattern FLOAT =
            Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern WHOLE =
            Pattern.compile(
                    "[-+]?(0|[1-9][0-9]*|0[0-7]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)");
    private static final Pattern SEXAGESIMAL =
            Pattern.compile("[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?");
    private static final Pattern TIME =
            Pattern.compile(
                    "([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
                            + "([Tt]([01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](\\.[0-9]+)?"
                            + "(Z|[-+][0-9]{2}:[0-9]{2})"
                            + "| ([01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](\\.[0-9]+)?)?");

    private YamlPlain() {}

    /**
     * Whether it is a number, a boolean, a time or nothing, and not the string that it looks like.
     */
    static boolean isOther(String text) {
        if (WORDS.contains(text)) {
            return true;
        }
        char first = text.charAt(0);
        if (first != '.' && first != '+' && first != '-' && !isDigit(first)) {
            return false;
        }
        String number = first == '.' ? text : text.replace("_", "");
        return WHOLE.matcher(number).matches()
                || isFloat(number)
                || SEXAGESIMAL.matcher(text).matches()
                || isTime(text);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** One that is too large for a double is no number. */
    private static boolean isFloat(String text) {
        return FLOAT.matcher(text).matches() && Double.isFinite(Double.parseDouble(text));
    }

    private static boolean isTime(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        try {
            LocalDate.of(
                    Integer.parseInt(matcher.group(1)),
                    Integer.parseInt(matcher.group(2)),
                    Integer.parseInt(matcher.group(3)));
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
