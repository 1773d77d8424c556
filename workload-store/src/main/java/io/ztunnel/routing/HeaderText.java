package io.ztunnel.routing;

/** What may stand in a header value. */
final class HeaderText {
    private HeaderText() {}

    /** Printable ASCII and tabs: anything else makes the value unreadable as text. */
    static boolean isPlain(CharSequence value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c > '~') {
                return false;
            }
        }
        return true;
    }
}
