package io.ztunnel.xds;

/** A local mesh file cannot be used. The message names the source, the line and the key. */
public final class LocalConfigException extends Exception {
    private static final long serialVersionUID = 1;

    LocalConfigException(String message) {
        super(message);
    }

    LocalConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
