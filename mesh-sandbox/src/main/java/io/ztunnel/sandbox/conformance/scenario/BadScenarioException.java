package io.ztunnel.sandbox.conformance.scenario;

/** A scenario that cannot be read; the message names file, line, field and reason. */
public final class BadScenarioException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    BadScenarioException(String file, int line, String field, String reason) {
        super(file + ":" + line + ": " + (field.isEmpty() ? "" : field + ": ") + reason);
    }
}
