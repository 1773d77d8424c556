package io.ztunnel.daemon.config;

import io.ztunnel.xds.ControlPlane;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;

/** The address of a server of the control plane. */
final class ServerAddress {
    private static final String EXPECTED = "https://host:port; plain text is not possible";

    private ServerAddress() {}

    /**
     * A text without a scheme gets {@code https://}; an empty one is "none".
     *
     * @param variable named in the error
     */
    static @Nullable URI parse(String variable, String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI address = new URI(text.contains("://") ? text : "https://" + text);
            ControlPlane.checkAddress(address);
            return address;
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw ConfigException.badValue(variable, text, EXPECTED);
        }
    }
}
