package io.ztunnel.sandbox.manifest;

import java.util.Comparator;

/**
 * What makes an object unique in a cluster.
 *
 * @param namespace "" for kinds without namespace
 */
public record ObjectKey(Kind kind, String namespace, String name) implements Comparable<ObjectKey> {
    private static final Comparator<ObjectKey> ORDER =
            Comparator.comparing(ObjectKey::kind)
                    .thenComparing(ObjectKey::namespace)
                    .thenComparing(ObjectKey::name);

    /** By kind (see {@link Kind}), namespace, name. */
    @Override
    public int compareTo(ObjectKey other) {
        return ORDER.compare(this, other);
    }

    /** {@code Service/bookinfo/reviews}, {@code Node/node1}. */
    @Override
    public String toString() {
        return kind + "/" + (namespace.isEmpty() ? "" : namespace + "/") + name;
    }
}
