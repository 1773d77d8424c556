package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Origin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A few objects and what becomes of them, for table tests. */
final class Mesh {
    private final List<KubeObject> objects = new ArrayList<>();

    /** Complete objects as an apiserver would return them. */
    static Mesh of(String yaml) {
        ManifestSet set = ManifestLoader.parse("test.yaml", yaml);
        assertThat(set.problems()).isEmpty();
        Mesh mesh = new Mesh();
        mesh.objects.addAll(set.objects());
        return mesh;
    }

    /** Labels as {@code a=b, c=d}. */
    Mesh namespace(String name, String labels) {
        return add(
                KubeObject.make(
                        Kind.NAMESPACE,
                        "",
                        name,
                        Origin.BUILT_IN,
                        edit ->
                                edit.set(labels(labels), "metadata", "labels")
                                        .set(
                                                name,
                                                "metadata",
                                                "labels",
                                                "kubernetes.io/metadata.name")));
    }

    /** A waypoint with status address and one HBONE listener. */
    Mesh waypoint(String namespace, String name, String labels, String allowedRoutes) {
        String yaml =
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: %s, namespace: %s}
                spec:
                  gatewayClassName: istio-waypoint
                  listeners:
                  - {name: mesh, port: 15008, protocol: HBONE, allowedRoutes: %s}
                status: {addresses: [{type: Hostname, value: %s.%s.svc.cluster.local}]}
                """
                        .formatted(
                                name,
                                namespace,
                                allowedRoutes.isEmpty() ? "{}" : allowedRoutes,
                                name,
                                namespace);
        KubeObject gateway = Mesh.of(yaml).objects.getFirst();
        return add(gateway.with(edit -> edit.set(labels(labels), "metadata", "labels")));
    }

    Mesh service(String namespace, String name, String labels) {
        return add(
                KubeObject.make(
                        Kind.SERVICE,
                        namespace,
                        name,
                        Origin.BUILT_IN,
                        edit ->
                                edit.set(labels(labels), "metadata", "labels")
                                        .set("10.4.1.1", "spec", "clusterIP")));
    }

    Mesh pod(String namespace, String name, String labels) {
        return add(
                KubeObject.make(
                        Kind.POD,
                        namespace,
                        name,
                        Origin.BUILT_IN,
                        edit ->
                                edit.set(labels(labels), "metadata", "labels")
                                        .set("10.0.0.1", "status", "podIP")));
    }

    Mesh add(KubeObject object) {
        objects.add(object);
        return this;
    }

    Mesh and(String yaml) {
        objects.addAll(Mesh.of(yaml).objects);
        return this;
    }

    List<KubeObject> objects() {
        return List.copyOf(objects);
    }

    AmbientSnapshot build() {
        return build(MeshSettings.DEFAULT);
    }

    AmbientSnapshot build(MeshSettings settings) {
        return AmbientIndex.build(settings, objects);
    }

    /** Of a ServiceEntry, whose host is any name. */
    static Service hostService(AmbientSnapshot snapshot, String namespace, String host) {
        return Optional.ofNullable(snapshot.addresses().get(namespace + "/" + host))
                .orElseThrow()
                .message()
                .getService();
    }

    /** A workload that is no pod. */
    static Workload workload(AmbientSnapshot snapshot, String uid) {
        return Optional.ofNullable(snapshot.addresses().get("Kubernetes/" + uid))
                .orElseThrow()
                .message()
                .getWorkload();
    }

    /** {@code service port:target port}, separated by blanks. */
    static String ports(Workload workload, String service) {
        return String.join(
                " ",
                workload.getServicesOrThrow(service).getPortsList().stream()
                        .map(p -> p.getServicePort() + ":" + p.getTargetPort())
                        .toList());
    }

    static List<String> conditions(AmbientSnapshot snapshot) {
        return snapshot.conditions().stream()
                .map(c -> c.type() + " " + c.status() + " " + c.reason())
                .toList();
    }

    static Service service(AmbientSnapshot snapshot, String namespace, String name) {
        return findService(snapshot, namespace, name).orElseThrow();
    }

    static Optional<Service> findService(AmbientSnapshot snapshot, String namespace, String name) {
        return Optional.ofNullable(
                        snapshot.addresses()
                                .get(
                                        namespace
                                                + "/"
                                                + name
                                                + "."
                                                + namespace
                                                + ".svc.cluster.local"))
                .map(resource -> resource.message().getService());
    }

    static Workload workload(AmbientSnapshot snapshot, String namespace, String name) {
        return findWorkload(snapshot, namespace, name).orElseThrow();
    }

    static Optional<Workload> findWorkload(
            AmbientSnapshot snapshot, String namespace, String name) {
        return Optional.ofNullable(
                        snapshot.addresses().get("Kubernetes//Pod/" + namespace + "/" + name))
                .map(resource -> resource.message().getWorkload());
    }

    static Optional<Authorization> authorization(AmbientSnapshot snapshot, String key) {
        return Optional.ofNullable(snapshot.authorizations().get(key)).map(MeshResource::message);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new java.util.TreeMap<>();
        for (String pair : text.split(",", -1)) {
            int cut = pair.indexOf('=');
            if (cut > 0) {
                labels.put(pair.substring(0, cut).strip(), pair.substring(cut + 1).strip());
            }
        }
        return labels;
    }
}
