package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The objects that this control plane sees, by kind and by namespace. */
final class MeshObjects {
    private static final String REVISION = "istio.io/rev";
    private static final String NETWORK = "topology.istio.io/network";

    private final MeshSettings settings;
    private final Map<Kind, Map<String, List<KubeObject>>> byNamespace = new EnumMap<>(Kind.class);
    private final Map<Kind, List<KubeObject>> byKind = new EnumMap<>(Kind.class);
    private final Map<String, KubeObject> namespaces = new HashMap<>();

    MeshObjects(MeshSettings settings, List<KubeObject> all) {
        this.settings = settings;
        for (KubeObject object : all) {
            if (object.kind() == Kind.NAMESPACE) {
                namespaces.put(object.name(), object);
            }
        }
        for (KubeObject object : all) {
            if (isVisible(object)) {
                byKind.computeIfAbsent(object.kind(), k -> new ArrayList<>()).add(object);
                byNamespace
                        .computeIfAbsent(object.kind(), k -> new HashMap<>())
                        .computeIfAbsent(object.namespace(), k -> new ArrayList<>())
                        .add(object);
            }
        }
    }

    MeshSettings settings() {
        return settings;
    }

    List<KubeObject> all(Kind kind) {
        return byKind.getOrDefault(kind, List.of());
    }

    List<KubeObject> in(Kind kind, String namespace) {
        return byNamespace.getOrDefault(kind, Map.of()).getOrDefault(namespace, List.of());
    }

    /** For kinds without namespace. */
    Optional<KubeObject> named(Kind kind, String name) {
        return all(kind).stream().filter(object -> object.name().equals(name)).findFirst();
    }

    Optional<KubeObject> named(Kind kind, String namespace, String name) {
        return in(kind, namespace).stream()
                .filter(object -> object.name().equals(name))
                .findFirst();
    }

    Optional<KubeObject> namespace(String name) {
        return Optional.ofNullable(namespaces.get(name));
    }

    Map<String, String> namespaceLabels(String namespace) {
        return namespace(namespace).map(KubeObject::labels).orElse(Map.of());
    }

    Map<String, String> namespaceAnnotations(String namespace) {
        return namespace(namespace).map(KubeObject::annotations).orElse(Map.of());
    }

    /** The label of that name on a namespace, if there is one. */
    Optional<String> namespaceLabel(String namespace, String label) {
        return namespace(namespace).map(object -> object.labels().get(label));
    }

    /** Id of the network that all local workloads are on; "" when nobody gave it one. */
    String network() {
        return namespaceLabel(settings.systemNamespace(), NETWORK).orElse("");
    }

    private boolean isVisible(KubeObject object) {
        return isDiscovered(object) && isOfOurRevision(object);
    }

    private boolean isDiscovered(KubeObject object) {
        if (!object.kind().namespaced() || settings.discoverySelectors().isEmpty()) {
            return true;
        }
        KubeObject namespace = namespaces.get(object.namespace());
        return namespace != null
                && settings.discoverySelectors().stream()
                        .anyMatch(selector -> selector.matches(namespace.labels()));
    }

    private boolean isOfOurRevision(KubeObject object) {
        boolean filtered =
                object.kind() == Kind.AUTHORIZATION_POLICY
                        || object.kind() == Kind.PEER_AUTHENTICATION
                        || object.kind() == Kind.SERVICE_ENTRY
                        || object.kind() == Kind.WORKLOAD_ENTRY;
        String revision = object.labels().get(REVISION);
        return !filtered
                || revision == null
                || settings.revision().isEmpty()
                || revision.equals(settings.revision());
    }
}
