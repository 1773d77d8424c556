package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * An HTTPS server of the control plane.
 *
 * @param uri as configured, with its scheme
 * @param host a name, or an IP literal without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String uri, String host, int port) {
    private static final String EXPECTED = "https://host:port; plain text is not possible";

    /**
     * A text without a scheme gets {@code https://}; an empty one is "none".
     *
     * @param variable named in the error
     */
    static @Nullable ServerAddress parse(String variable, String text) {
        if (text.isEmpty()) {
            return null;
        }
        String uri = text.contains("://") ? text : "https://" + text;
        try {
            URI parsed = new URI(uri);
            String host = parsed.getHost();
            int port = parsed.getPort() < 0 ? 443 : parsed.getPort();
            if (!"https".equals(parsed.getScheme()) || host == null || port < 1 || port > 65_535) {
                throw ConfigException.badValue(variable, text, EXPECTED);
            }
            boolean bracketed = host.startsWith("[");
            return new ServerAddress(
                    uri, bracketed ? host.substring(1, host.length() - 1) : host, port);
        } catch (URISyntaxException e) {
            throw ConfigException.badValue(variable, text, EXPECTED);
        }
    }

    @Override
    public String toString() {
        return uri;
    }
}
