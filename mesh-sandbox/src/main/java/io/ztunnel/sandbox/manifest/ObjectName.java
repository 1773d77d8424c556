package io.ztunnel.sandbox.manifest;

/**
 * What makes an object of any kind unique, also of one that the sandbox does not act on.
 *
 * @param group "" for the core group
 * @param namespace "" for kinds without namespace
 */
public record ObjectName(String group, String kind, String namespace, String name) {

    /**
     * @param defaultNamespace where the object names none
     */
    public static ObjectName of(Tree object, String defaultNamespace) {
        String apiVersion = object.text("apiVersion");
        int slash = apiVersion.indexOf('/');
        String group = slash < 0 ? "" : apiVersion.substring(0, slash);
        String kind = object.text("kind");
        boolean namespaced =
                ResourceType.of(group, kind).map(ResourceType::namespaced).orElse(true);
        String written = object.text("metadata", "namespace");
        return new ObjectName(
                group,
                kind,
                namespaced ? written.isEmpty() ? defaultNamespace : written : "",
                object.text("metadata", "name"));
    }

    /** {@code service/reviews}. */
    @Override
    public String toString() {
        String type =
                ResourceType.of(group, kind)
                        .map(ResourceType::singular)
                        .orElse(
                                kind.toLowerCase(java.util.Locale.ROOT)
                                        + (group.isEmpty() ? "" : "." + group));
        return type + "/" + name;
    }
}
