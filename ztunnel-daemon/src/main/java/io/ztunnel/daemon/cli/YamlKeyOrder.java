package io.ztunnel.daemon.cli;

import java.util.Comparator;

/**
 * How istioctl's YAML sorts keys: at the first difference letters come after all else and are
 * compared as such, and digits count as the number that they begin ({@code 443} before {@code
 * 15010}).
 */
final class YamlKeyOrder {
    static final Comparator<String> ORDER = YamlKeyOrder::compare;

    private YamlKeyOrder() {}

    private static int compare(String a, String b) {
        int end = Math.min(a.length(), b.length());
        for (int i = 0; i < end; i++) {
            if (a.charAt(i) != b.charAt(i)) {
                return atDifference(a, b, i);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    private static int atDifference(String a, String b, int at) {
        boolean letterA = Character.isLetter(a.charAt(at));
        boolean letterB = Character.isLetter(b.charAt(at));
        if (letterA != letterB) {
            return letterA ? 1 : -1;
        }
        if (!letterA) {
            String numberA = digits(a, at);
            String numberB = digits(b, at);
            int byValue = compareNumbers(numberA, numberB);
            if (byValue != 0) {
                return byValue;
            }
            if (numberA.length() != numberB.length()) {
                return Integer.compare(numberA.length(), numberB.length());
            }
        }
        return Character.compare(a.charAt(at), b.charAt(at));
    }

    /** The digits from there on, and a 1 before them where they continue a number. */
    private static String digits(String text, int from) {
        int end = from;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        boolean continued = false;
        for (int i = from - 1; i >= 0 && Character.isDigit(text.charAt(i)); i--) {
            continued |= text.charAt(i) != '0';
        }
        return (continued ? "1" : "") + text.substring(from, end);
    }

    private static int compareNumbers(String a, String b) {
        String x = a.replaceFirst("^0+", "");
        String y = b.replaceFirst("^0+", "");
        int byLength = Integer.compare(x.length(), y.length());
        return byLength != 0 ? byLength : x.compareTo(y);
    }
}
