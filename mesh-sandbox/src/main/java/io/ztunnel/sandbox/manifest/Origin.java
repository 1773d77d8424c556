package io.ztunnel.sandbox.manifest;

/**
 * Where an object was written down.
 *
 * @param file path relative to the manifest folder; a word in angle brackets for objects that no
 *     file holds
 * @param line 1-based line of the document's first field, 0 when there is none
 * @param document 1-based number of the document within the file, 0 when there is none
 */
public record Origin(String file, int line, int document) {
    /** Of objects that nobody wrote, such as the default nodes. */
    public static final Origin BUILT_IN = new Origin("<built-in>", 0, 0);

    @Override
    public String toString() {
        return line > 0 ? file + ":" + line : file;
    }
}
