package io.ztunnel.sandbox.manifest;

import java.util.Map;

/**
 * One document as plain values, with the line of every field for messages.
 *
 * @param value see {@link Tree} for the types; null is left out of mappings and lists
 * @param lines 1-based line in the file by path ({@code spec.ports[0].port}; "" is the document
 *     itself)
 */
record YamlDocument(Object value, Map<String, Integer> lines) {
    /** The line of a field, or of the nearest field above it that was written. */
    int line(String path) {
        for (String at = path; ; at = parent(at)) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            if (at.isEmpty()) {
                return 0;
            }
        }
    }

    private static String parent(String path) {
        int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
        return cut < 0 ? "" : path.substring(0, cut);
    }
}
