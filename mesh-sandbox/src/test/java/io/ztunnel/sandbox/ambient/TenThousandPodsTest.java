package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Origin;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A mesh as large as one control plane is meant for. */
class TenThousandPodsTest {
    private static final int NAMESPACES = 20;
    private static final int APPS = 50;
    private static final int REPLICAS = 10;
    private static final int PODS = NAMESPACES * APPS * REPLICAS;

    private static List<KubeObject> objects() {
        List<KubeObject> objects = new ArrayList<>();
        for (int n = 0; n < NAMESPACES; n++) {
            String namespace = "ns" + n;
            objects.addAll(
                    Mesh.of("")
                            .namespace(namespace, "istio.io/use-waypoint=wp")
                            .waypoint(namespace, "wp", "istio.io/waypoint-for=all", "")
                            .objects());
            for (int a = 0; a < APPS; a++) {
                String app = "app" + a;
                objects.add(service(namespace, app));
                objects.add(policy(namespace, app));
                for (int r = 0; r < REPLICAS; r++) {
                    objects.add(pod(namespace, app, app + "-" + r, n * APPS + a, r));
                }
            }
        }
        return objects;
    }

    private static KubeObject service(String namespace, String app) {
        return KubeObject.make(
                Kind.SERVICE,
                namespace,
                app,
                Origin.BUILT_IN,
                edit ->
                        edit.set("10.4.0.1", "spec", "clusterIP")
                                .set(Map.of("app", app), "spec", "selector")
                                .set(
                                        List.of(Map.of("port", 80, "targetPort", 8080)),
                                        "spec",
                                        "ports"));
    }

    private static KubeObject policy(String namespace, String app) {
        return KubeObject.make(
                Kind.AUTHORIZATION_POLICY,
                namespace,
                app,
                Origin.BUILT_IN,
                edit -> edit.set(Map.of("app", app), "spec", "selector", "matchLabels"));
    }

    private static KubeObject pod(
            String namespace, String app, String name, int block, int replica) {
        return KubeObject.make(
                Kind.POD,
                namespace,
                name,
                Origin.BUILT_IN,
                edit ->
                        edit.set(Map.of("app", app, "version", "v1"), "metadata", "labels")
                                .set(
                                        "enabled",
                                        "metadata",
                                        "annotations",
                                        "ambient.istio.io/redirection")
                                .set(
                                        "10." + block / 250 + "." + block % 250 + "." + replica,
                                        "status",
                                        "podIP"));
    }

    @Test
    void everyPodIsAWorkloadInItsServiceBehindItsWaypointWithItsPolicy() {
        List<KubeObject> objects = objects();
        AmbientSnapshot snapshot = AmbientIndex.build(MeshSettings.DEFAULT, objects);

        assertThat(snapshot.problems()).isEmpty();
        assertThat(snapshot.authorizations()).hasSize(NAMESPACES * APPS);
        assertThat(snapshot.addresses()).hasSize(PODS + NAMESPACES * APPS);
        assertThat(snapshot.addresses().values())
                .filteredOn(r -> r.message().hasWorkload())
                .hasSize(PODS)
                .allSatisfy(
                        r -> {
                            var workload = r.message().getWorkload();
                            assertThat(workload.getServicesCount()).isEqualTo(1);
                            assertThat(workload.getAuthorizationPoliciesCount()).isEqualTo(1);
                            assertThat(workload.getWaypoint().getHostname().getNamespace())
                                    .isEqualTo(workload.getNamespace());
                        });
    }
}
