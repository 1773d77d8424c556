package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.telemetry.ConnectionError;

import java.io.Serial;

/** Why we end a connection ourselves; goes through a relay and comes back with its outcome. */
final class CutException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final transient ConnectionError error;

    CutException(ConnectionError error) {
        super(error.text(), null, false, false);
        this.error = error;
    }

    ConnectionError error() {
        return error;
    }
}
