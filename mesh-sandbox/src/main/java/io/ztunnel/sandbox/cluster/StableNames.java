package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Tree;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Names and numbers that look random, as Kubernetes makes them, but follow from what they are for.
 */
final class StableNames {
    /** Kubernetes leaves out vowels and look-alikes, so that no word comes up by chance. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private StableNames() {}

    static String word(int length, String seed) {
        byte[] digest = digest(seed);
        StringBuilder word = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            word.append(ALPHABET.charAt((digest[i] & 0xff) % ALPHABET.length()));
        }
        return word.toString();
    }

    /** In 0..bound-1. */
    static long number(long bound, String seed) {
        long value = 0;
        byte[] digest = digest(seed);
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (digest[i] & 0xff);
        }
        return Long.remainderUnsigned(value, bound);
    }

    /** The same for trees that differ in the order of fields only. */
    static String hash(int length, Tree tree) {
        StringBuilder text = new StringBuilder();
        append(text, tree.fields());
        return word(length, text.toString());
    }

    private static void append(StringBuilder text, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                text.append('{');
                new TreeMap<Object, Object>(map)
                        .forEach(
                                (key, element) -> {
                                    text.append(key).append(':');
                                    append(text, element);
                                });
                text.append('}');
            }
            case List<?> list -> {
                text.append('[');
                list.forEach(element -> append(text, element));
                text.append(']');
            }
            default -> text.append(value.getClass().getSimpleName()).append(value).append(',');
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
