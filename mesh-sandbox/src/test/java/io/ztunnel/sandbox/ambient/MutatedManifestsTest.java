package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.ClusterState;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.Origin;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.manifest.TreeEditor;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Whatever becomes of one object, the others are converted as before. */
class MutatedManifestsTest {
    private static final List<Object> VALUES =
            List.of("", "none", "*", "::1", 0L, -1L, 1L << 40, 2.5, true, List.of(), Map.of());

    /** An object that has nothing to do with any other. */
    private static final List<KubeObject> BYSTANDERS =
            ManifestLoader.parse(
                            "bystander.yaml",
                            """
                            apiVersion: v1
                            kind: Service
                            metadata: {name: by, namespace: stander}
                            spec: {clusterIP: 10.4.0.77, selector: {app: by}, ports: [{port: 80}]}
                            ---
                            apiVersion: v1
                            kind: Pod
                            metadata: {name: by, namespace: stander, labels: {app: by}}
                            spec: {containers: [{name: c}], nodeName: node2}
                            status: {podIP: 10.244.2.77, podIPs: [{ip: 10.244.2.77}]}
                            """)
                    .objects();

    private static final List<KubeObject> SUBJECTS = subjects();

    private static List<KubeObject> subjects() {
        List<KubeObject> objects =
                new ArrayList<>(
                        Bookinfo.throughTheWaypoint().stream()
                                .filter(o -> o.kind() != Kind.NODE)
                                .toList());
        objects.addAll(
                Mesh.of(
                                """
                                apiVersion: security.istio.io/v1
                                kind: AuthorizationPolicy
                                metadata: {name: p, namespace: bookinfo}
                                spec:
                                  action: DENY
                                  selector: {matchLabels: {app: ratings}}
                                  rules:
                                  - from: [{source: {principals: ['*/sa/x'], ipBlocks: [10.0.0.0/8]}}]
                                    to: [{operation: {ports: ['9080']}}]
                                    when: [{key: source.ip, values: [10.0.0.1]}]
                                ---
                                apiVersion: security.istio.io/v1
                                kind: PeerAuthentication
                                metadata: {name: p, namespace: bookinfo}
                                spec:
                                  selector: {matchLabels: {app: ratings}}
                                  mtls: {mode: STRICT}
                                  portLevelMtls: {9080: {mode: PERMISSIVE}}
                                ---
                                apiVersion: networking.istio.io/v1
                                kind: ServiceEntry
                                metadata: {name: p, namespace: bookinfo, labels: {app: x}}
                                spec:
                                  hosts: [a.example, '*.b.example']
                                  resolution: DYNAMIC_DNS
                                  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
                                  endpoints:
                                  - {address: 10.1.1.1, ports: {http: 81}, labels: {a: b}, weight: 2, locality: r/z}
                                ---
                                apiVersion: networking.istio.io/v1
                                kind: WorkloadEntry
                                metadata: {name: p, namespace: bookinfo}
                                spec: {address: 10.1.1.2, labels: {app: ratings}, ports: {http: 81}, network: n}
                                ---
                                apiVersion: discovery.k8s.io/v1
                                kind: EndpointSlice
                                metadata: {name: p, namespace: bookinfo, labels: {kubernetes.io/service-name: ratings}}
                                addressType: IPv4
                                endpoints:
                                - {addresses: [10.1.1.3], conditions: {ready: false}}
                                - {addresses: [10.1.1.4], targetRef: {kind: Pod, name: x, namespace: bookinfo}}
                                ports: [{name: http, port: 9080, protocol: TCP}]
                                ---
                                apiVersion: v1
                                kind: ConfigMap
                                metadata: {name: istio, namespace: istio-system}
                                data: {mesh: 'discoverySelectors: []'}
                                """)
                        .objects());
        return List.copyOf(objects);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void aMutatedTreeNeverThrowsAndNeverCostsABystanderItsPlace(@ForAll long seed) {
        Random random = new Random(seed);
        List<KubeObject> objects = new ArrayList<>(SUBJECTS);
        for (int i = 0; i < 3; i++) {
            int at = random.nextInt(objects.size());
            KubeObject subject = objects.get(at);
            // Past the loader's checks, as if they had holes; only the name stays.
            Tree mutated =
                    new TreeEditor()
                            .set(mutate(subject.tree().fields(), random), "root")
                            .set(subject.name(), "root", "metadata", "name")
                            .build()
                            .tree("root");
            objects.set(at, KubeObject.of(subject.kind(), mutated, Origin.BUILT_IN));
        }
        objects.addAll(BYSTANDERS);

        assertBystanders(objects);
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void aMutatedTextNeverThrowsAndNeverCostsANeighbouringDocumentItsPlace(@ForAll long seed) {
        Random random = new Random(seed);
        String document = Manifests.toYaml(List.of(SUBJECTS.get(random.nextInt(SUBJECTS.size()))));
        StringBuilder broken = new StringBuilder(document);
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
            int at = 4 + random.nextInt(broken.length() - 4);
            switch (random.nextInt(3)) {
                case 0 -> broken.setCharAt(at, (char) (32 + random.nextInt(95)));
                case 1 -> broken.deleteCharAt(at);
                default ->
                        broken.insert(
                                at, "{}[]:&*!|>'\"%@`,#\t\n\u0000".charAt(random.nextInt(20)));
            }
        }
        ManifestSet set = ManifestLoader.parse("f.yaml", Manifests.toYaml(BYSTANDERS) + broken);

        assertThat(set.objects()).extracting(KubeObject::key).containsAll(keys(BYSTANDERS));
        assertBystanders(set.objects());
    }

    private static List<io.ztunnel.sandbox.manifest.ObjectKey> keys(List<KubeObject> objects) {
        return objects.stream().map(KubeObject::key).toList();
    }

    private static void assertBystanders(List<KubeObject> objects) {
        ClusterState state =
                Cluster.materialize(
                        objects,
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());
        AmbientSnapshot snapshot = AmbientIndex.build(MeshSettings.DEFAULT, state.objects());

        assertThat(snapshot.problems())
                .noneMatch(problem -> problem.reason().contains("cannot be converted"));
        assertThat(Mesh.service(snapshot, "stander", "by").getAddressesList()).hasSize(1);
        assertThat(Mesh.workload(snapshot, "stander", "by").getServicesMap())
                .containsKey("stander/by.stander.svc.cluster.local");
    }

    /** One value somewhere in the tree is dropped or becomes another. */
    private static Map<String, Object> mutate(Map<?, ?> map, Random random) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put((String) key, value));
        if (copy.isEmpty()) {
            return copy;
        }
        String key = List.copyOf(copy.keySet()).get(random.nextInt(copy.size()));
        Object value = copy.getOrDefault(key, "");
        switch (random.nextInt(5)) {
            case 0 -> copy.remove(key);
            case 1 -> copy.put(key, VALUES.get(random.nextInt(VALUES.size())));
            default -> copy.put(key, mutateValue(value, random));
        }
        return copy;
    }

    private static Object mutateValue(Object value, Random random) {
        return switch (value) {
            case Map<?, ?> map -> mutate(map, random);
            case List<?> list when !list.isEmpty() -> {
                List<Object> copy = new ArrayList<>(list);
                int at = random.nextInt(copy.size());
                copy.set(at, mutateValue(copy.get(at), random));
                yield copy;
            }
            default -> VALUES.get(random.nextInt(VALUES.size()));
        };
    }
}
