package io.ztunnel.sandbox.manifest;

/** A document that cannot be read; the message is for the author of the manifest. */
final class BadYamlException extends RuntimeException {
    private final int line;

    BadYamlException(int line, String reason) {
        super(reason, null, false, false);
        this.line = line;
    }

    /** 1-based line in the file. */
    int line() {
        return line;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
