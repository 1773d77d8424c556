package io.ztunnel.daemon.config;

/** Readers of single values. All refuse with {@link IllegalArgumentException}. */
final class Texts {
    private Texts() {}

    static boolean exactBoolean(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("not a boolean: " + text);
        };
    }

    static int integer(String text, int min, int max) {
        int value = Integer.parseInt(text);
        if (value < min || value > max) {
            throw new IllegalArgumentException("out of range: " + text);
        }
        return value;
    }

    /**
     * A Kubernetes quantity of CPUs ({@code 2}, {@code 1.5}, {@code 500m}), rounded up.
     *
     * @throws IllegalArgumentException unless it is positive and finite
     */
    static int cpuQuantity(String text) {
        boolean milli = text.endsWith("m");
        String number = milli ? text.substring(0, text.length() - 1) : text;
        if (number.isEmpty() || !number.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
            throw new IllegalArgumentException("not a quantity: " + text);
        }
        double cpus = Math.ceil(Double.parseDouble(number) / (milli ? 1000 : 1));
        if (cpus < 1 || cpus > Short.MAX_VALUE) {
            throw new IllegalArgumentException("out of range: " + text);
        }
        return (int) cpus;
    }
}
