package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.List;
import java.util.Optional;

/**
 * The objects of this control plane as one waypoint sees them: those of its revision, in namespaces
 * that are discovered.
 */
public final class GatewayScope {
    private final MeshObjects objects;
    private final String namespace;
    private final String name;
    private final Optional<Waypoint> waypoint;

    /**
     * @param objects complete, as for {@link AmbientIndex#build}
     */
    public GatewayScope(
            MeshSettings settings, List<KubeObject> objects, String namespace, String name) {
        List<KubeObject> ordered =
                objects.stream().sorted(java.util.Comparator.comparing(KubeObject::key)).toList();
        this.objects = new MeshObjects(settings, ordered);
        this.namespace = namespace;
        this.name = name;
        this.waypoint = new Waypoints(this.objects, _ -> {}).find(namespace + "/" + name);
    }

    public MeshSettings settings() {
        return objects.settings();
    }

    /** Of the Gateway. */
    public String namespace() {
        return namespace;
    }

    /** Of the Gateway. */
    public String name() {
        return name;
    }

    /** Ordered by key. */
    public List<KubeObject> all(Kind kind) {
        return objects.all(kind);
    }

    /** The host name of a Service. */
    public String hostname(String service, String serviceNamespace) {
        return objects.settings().hostname(service, serviceNamespace);
    }

    /** Whether the listener of this waypoint admits objects of a namespace (allowedRoutes). */
    public boolean admits(String objectNamespace) {
        Optional<KubeObject> subject = objects.namespace(objectNamespace);
        return waypoint.isPresent() && subject.filter(waypoint.get()::admits).isPresent();
    }
}
