package io.ztunnel.daemon.config;

import java.io.Serial;

/** A setting that cannot be used. The message holds the variable, its value and what is valid. */
public final class ConfigException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final String variable;

    private ConfigException(String variable, String message) {
        super(message);
        this.variable = variable;
    }

    /**
     * @param expected completes "expected ..."
     */
    static ConfigException badValue(String variable, String value, String expected) {
        return new ConfigException(
                variable, variable + ": \"" + value + "\" is not valid, expected " + expected);
    }

    /** For values that must not be shown, and for settings that contradict each other. */
    static ConfigException invalid(String variable, String problem) {
        return new ConfigException(variable, variable + ": " + problem);
    }

    /** The environment variable (or file) to correct. */
    public String variable() {
        return variable;
    }
}
