package io.ztunnel.daemon.cli;

import java.io.IOException;
import java.util.Objects;

/** A dump that cannot be had or read; the message is one line for the user. */
final class DumpException extends IOException {
    private static final long serialVersionUID = 1L;

    DumpException(String message) {
        super(message);
    }

    DumpException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
