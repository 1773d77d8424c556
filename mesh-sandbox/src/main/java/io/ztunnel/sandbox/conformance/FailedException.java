package io.ztunnel.sandbox.conformance;

/** An expectation that does not hold; the message is one line. */
final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    FailedException(String reason) {
        super(flat(reason));
    }

    static String flat(String text) {
        return text.replaceAll("[\\r\\n\\t]+", " ").strip();
    }
}
