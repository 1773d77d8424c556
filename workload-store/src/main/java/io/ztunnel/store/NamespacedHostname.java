package io.ztunnel.store;

/** The primary key of a service, printed as {@code namespace/hostname}. */
public record NamespacedHostname(String namespace, String hostname) {
    /**
     * @throws IllegalArgumentException when the text has no slash
     */
    public static NamespacedHostname parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("expected namespace/hostname, not: " + text);
        }
        return new NamespacedHostname(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return namespace + "/" + hostname;
    }
}
