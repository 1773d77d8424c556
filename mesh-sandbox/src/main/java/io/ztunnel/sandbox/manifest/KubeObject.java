package io.ztunnel.sandbox.manifest;

import java.util.Map;
import java.util.function.Consumer;

/**
 * One object of a manifest. The tree is everything that was written; the other components are taken
 * from it.
 *
 * @param namespace {@code default} where a namespaced object names none, "" for kinds without
 *     namespace
 * @param tree the whole object, {@code metadata.namespace} filled in
 */
public record KubeObject(
        String apiVersion,
        Kind kind,
        String namespace,
        String name,
        Map<String, String> labels,
        Map<String, String> annotations,
        Tree tree,
        Origin origin) {

    /**
     * @param tree an object with {@code metadata.name}; its apiVersion and kind are those of {@code
     *     kind} where absent
     */
    public static KubeObject of(Kind kind, Tree tree, Origin origin) {
        String namespace = "";
        if (kind.namespaced()) {
            namespace = tree.text("metadata", "namespace");
            if (namespace.isEmpty()) {
                namespace = "default";
                tree = tree.edit().set(namespace, "metadata", "namespace").build();
            }
        }
        return new KubeObject(
                tree.string("apiVersion").orElse(kind.apiVersion()),
                kind,
                namespace,
                tree.text("metadata", "name"),
                tree.stringMap("metadata", "labels"),
                tree.stringMap("metadata", "annotations"),
                tree,
                origin);
    }

    /** A new object with only its name and what {@code fields} adds. */
    public static KubeObject make(
            Kind kind, String namespace, String name, Origin origin, Consumer<TreeEditor> fields) {
        TreeEditor editor =
                new TreeEditor()
                        .set(kind.apiVersion(), "apiVersion")
                        .set(kind.text(), "kind")
                        .set(name, "metadata", "name");
        if (kind.namespaced()) {
            editor.set(namespace, "metadata", "namespace");
        }
        fields.accept(editor);
        return of(kind, editor.build(), origin);
    }

    /** A changed copy. */
    public KubeObject with(Consumer<TreeEditor> change) {
        TreeEditor editor = tree.edit();
        change.accept(editor);
        return of(kind, editor.build(), origin);
    }

    public ObjectKey key() {
        return new ObjectKey(kind, namespace, name);
    }

    public Tree spec() {
        return tree.tree("spec");
    }

    public Tree status() {
        return tree.tree("status");
    }

    /** "" when absent. */
    public String label(String name) {
        return labels.getOrDefault(name, "");
    }

    /** "" when absent. */
    public String annotation(String name) {
        return annotations.getOrDefault(name, "");
    }

    /** {@code Service/bookinfo/reviews (bookinfo.yaml:12)}. */
    @Override
    public String toString() {
        return key() + " (" + origin + ")";
    }
}
