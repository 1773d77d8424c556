package io.ztunnel.sandbox.manifest;

/**
 * Something about a manifest that its author should know.
 *
 * @param file relative to the manifest folder
 * @param line 1-based, 0 when it is about the file as a whole
 * @param field path like {@code spec.ports[0].port}, "" when it is about the whole document
 * @param reason what is wrong, with the bad value and what was expected
 */
public record Problem(Severity severity, String file, int line, String field, String reason) {
    public enum Severity {
        /** The document has no effect; its last good version, if there was one, stays. */
        ERROR,
        /** The document has effect, though perhaps not the one that was meant. */
        WARNING
    }

    public static Problem error(Origin at, String field, String reason) {
        return new Problem(Severity.ERROR, at.file(), at.line(), field, reason);
    }

    public static Problem warning(Origin at, String field, String reason) {
        return new Problem(Severity.WARNING, at.file(), at.line(), field, reason);
    }

    /** One line: {@code error: gw.yaml:7: spec.listeners: ...}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(severity == Severity.ERROR ? "error: " : "warning: ").append(file);
        if (line > 0) {
            text.append(':').append(line);
        }
        text.append(": ");
        if (!field.isEmpty()) {
            text.append(field).append(": ");
        }
        return text.append(reason).toString();
    }
}
