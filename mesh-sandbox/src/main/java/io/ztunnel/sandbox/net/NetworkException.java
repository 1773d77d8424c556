package io.ztunnel.sandbox.net;

import java.io.IOException;

/** A namespace, link, route or rule could not be made; the message names the command and why. */
public final class NetworkException extends IOException {
    private static final long serialVersionUID = 1L;

    public NetworkException(String message) {
        super(message);
    }

    public NetworkException(String message, Throwable cause) {
        super(message, cause);
    }
}
