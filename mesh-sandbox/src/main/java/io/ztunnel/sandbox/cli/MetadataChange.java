package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code label} or {@code annotate} is to do to an object.
 *
 * @param field {@code labels} or {@code annotations}
 * @param set new values
 * @param remove keys
 * @param overwrite whether a value may replace another
 */
record MetadataChange(
        String field, Map<String, String> set, List<String> remove, boolean overwrite) {

    /** The words after the objects: {@code KEY=VALUE} sets, {@code KEY-} removes. */
    static boolean isChange(String word) {
        return word.indexOf('=') > 0 || word.length() > 1 && word.endsWith("-");
    }

    /**
     * @throws IllegalArgumentException when one key is to be set and removed
     */
    static MetadataChange of(String field, List<String> words, boolean overwrite) {
        Map<String, String> set = new LinkedHashMap<>();
        List<String> remove = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                set.put(word.substring(0, equals), word.substring(equals + 1));
            } else {
                remove.add(word.substring(0, word.length() - 1));
            }
        }
        for (String key : remove) {
            if (set.containsKey(key)) {
                throw new IllegalArgumentException(
                        "cannot set and remove \"" + key + "\" in one go");
            }
        }
        return new MetadataChange(field, set, remove, overwrite);
    }

    /**
     * The object with the change; equal to it when there is nothing to do.
     *
     * @throws IllegalArgumentException when a value would be replaced and that was not asked for
     */
    Tree applyTo(Tree object) {
        Map<String, String> now = object.stringMap("metadata", field);
        TreeEditor edit = object.edit();
        set.forEach(
                (key, value) -> {
                    String before = now.get(key);
                    if (before != null && !before.equals(value) && !overwrite) {
                        throw new IllegalArgumentException(
                                "'"
                                        + key
                                        + "' already has a value ("
                                        + before
                                        + "), and --overwrite is false");
                    }
                    if (before == null || !before.equals(value)) {
                        edit.set(value, "metadata", field, key);
                    }
                });
        remove.forEach(key -> edit.remove("metadata", field, key));
        return edit.build();
    }

    /** {@code labeled}, {@code unlabeled}, {@code not labeled}. */
    String outcome(boolean changed) {
        String past = field.equals("labels") ? "labeled" : "annotated";
        if (!changed) {
            return "not " + past;
        }
        return set.isEmpty() && field.equals("labels") ? "un" + past : past;
    }
}
