package io.ztunnel.xds;

/**
 * One resource of a response cannot be used. The message names the field, what it held and what was
 * expected; it becomes part of the NACK.
 */
final class InvalidResourceException extends Exception {
    private static final long serialVersionUID = 1;

    private static final int MAX_VALUE = 128;

    private final String field;

    /**
     * @param field as the schema spells it
     */
    InvalidResourceException(String field, String value, String expected) {
        super(field + " " + shortened(value) + ": " + expected);
        this.field = field;
    }

    String field() {
        return field;
    }

    private static String shortened(String value) {
        return value.length() <= MAX_VALUE ? value : value.substring(0, MAX_VALUE) + "…";
    }
}
