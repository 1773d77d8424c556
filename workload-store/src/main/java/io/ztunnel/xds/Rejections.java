package io.ztunnel.xds;

/** The text of a NACK: every rejected resource with its reason, as far as there is room. */
final class Rejections {
    private static final int MAX_CHARS = 4096;
    private static final int MAX_NAME = 256;

    private final StringBuilder text = new StringBuilder();
    private int count;
    private int shown;

    void add(String name, String reason) {
        count++;
        String item =
                (name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME) + "…")
                        + ": "
                        + (reason.length() <= MAX_CHARS / 4
                                ? reason
                                : reason.substring(0, MAX_CHARS / 4) + "…");
        if (shown == count - 1 && text.length() + item.length() <= MAX_CHARS) {
            text.append(shown == 0 ? "" : "; ").append(item);
            shown++;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    String message() {
        return shown == count ? text.toString() : text + "; and " + (count - shown) + " more";
    }
}
