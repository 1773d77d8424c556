package io.ztunnel.sandbox.ambient;

import java.util.Optional;

/** Port numbers in strings. */
final class Ports {
    private Ports() {}

    /** Empty unless the text is a decimal number 0..65535. */
    static Optional<Integer> parse(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            return Optional.empty();
        }
        return Optional.of(Integer.parseInt(text)).filter(port -> port <= 0xffff);
    }
}
