package io.ztunnel.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class ClusterTest {
    private static final String SERVICE_AS_IN_BOOKINFO =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: details}
            spec:
              ports: [{port: 9080, name: http}]
              selector: {app: details}
            """;

    private static String deployment(String name, int replicas, String templateExtra) {
        return """
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %s, namespace: shop}
        spec:
          replicas: %d
          selector: {matchLabels: {app: %s}}
          template:
            metadata:
              labels: {app: %s}
              %s
            spec: {containers: [{name: c, image: app, ports: [{containerPort: 80}]}]}
        """
                .formatted(name, replicas, name, name, templateExtra);
    }

    private static ClusterState run(String yaml) {
        return run(yaml, ClusterMemory.EMPTY);
    }

    private static ClusterState run(String yaml, ClusterMemory before) {
        return Cluster.materialize(
                objects(yaml), ClusterSettings.DEFAULT, before, RuntimeStatus.allRunning());
    }

    private static List<KubeObject> objects(String yaml) {
        ManifestSet set = ManifestLoader.parse("test.yaml", yaml);
        assertThat(set.problems()).isEmpty();
        return set.objects();
    }

    private static KubeObject get(ClusterState state, Kind kind, String namespace, String name) {
        ObjectKey key = new ObjectKey(kind, namespace, name);
        return state.objects().stream().filter(o -> o.key().equals(key)).findFirst().orElseThrow();
    }

    private static List<KubeObject> pods(ClusterState state) {
        return state.objects().stream().filter(o -> o.kind() == Kind.POD).toList();
    }

    private static List<String> ips(KubeObject pod) {
        return pod.status().trees("podIPs").stream().map(ip -> ip.text("ip")).toList();
    }

    @Test
    void aServiceGetsWhatTheApiserverFillsIn() {
        KubeObject service = get(run(SERVICE_AS_IN_BOOKINFO), Kind.SERVICE, "default", "details");

        Tree port = service.spec().trees("ports").getFirst();
        assertThat(port.integer("targetPort")).hasValue(9080);
        assertThat(port.text("protocol")).isEqualTo("TCP");
        assertThat(service.spec().text("type")).isEqualTo("ClusterIP");
        assertThat(service.spec().text("internalTrafficPolicy")).isEqualTo("Cluster");
        assertThat(service.spec().text("clusterIP")).startsWith("10.4.");
        assertThat(service.spec().strings("clusterIPs"))
                .containsExactly(service.spec().text("clusterIP"));
        assertThat(service.spec().strings("ipFamilies")).containsExactly("IPv4");
        assertThat(service.tree().text("metadata", "creationTimestamp")).isNotEmpty();
        assertThat(service.tree().text("metadata", "uid")).isNotEmpty();
    }

    @Test
    void aDualStackServiceGetsBothFamiliesAndAHeadlessOneNone() {
        ClusterState state =
                run(
                        """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: dual}
                        spec: {ipFamilies: [IPv6, IPv4], ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]}
                        ---
                        apiVersion: v1
                        kind: Service
                        metadata: {name: six}
                        spec: {ipFamilies: [IPv6], ports: [{port: 80}]}
                        ---
                        apiVersion: v1
                        kind: Service
                        metadata: {name: headless}
                        spec: {clusterIP: None, selector: {a: b}, ports: [{port: 80}]}
                        ---
                        apiVersion: v1
                        kind: Service
                        metadata: {name: external}
                        spec: {type: ExternalName, externalName: example.com}
                        """);

        List<String> dual =
                get(state, Kind.SERVICE, "default", "dual").spec().strings("clusterIPs");
        assertThat(dual).hasSize(2);
        assertThat(dual.get(0)).startsWith("fd00:10:4::");
        assertThat(dual.get(1)).startsWith("10.4.");
        assertThat(get(state, Kind.SERVICE, "default", "six").spec().text("clusterIP"))
                .startsWith("fd00:10:4::");
        KubeObject headless = get(state, Kind.SERVICE, "default", "headless");
        assertThat(headless.spec().strings("clusterIPs")).containsExactly("None");
        assertThat(headless.spec().strings("ipFamilies")).containsExactly("IPv4");
        assertThat(get(state, Kind.SERVICE, "default", "external").spec().has("clusterIPs"))
                .isFalse();
    }

    @Test
    void namespacesThatAreOnlyReferredToExistAndCarryTheirName() {
        ClusterState state = run(deployment("web", 1, ""));

        KubeObject namespace = get(state, Kind.NAMESPACE, "", "shop");
        assertThat(namespace.label("kubernetes.io/metadata.name")).isEqualTo("shop");
        assertThat(get(state, Kind.SERVICE_ACCOUNT, "shop", "default").name()).isEqualTo("default");
    }

    @Test
    void aDeploymentBecomesPodsThatLookAsKubernetesMakesThem() {
        KubeObject pod = pods(run(deployment("web", 1, ""))).getFirst();

        String hash = pod.label("pod-template-hash");
        assertThat(hash).hasSize(10);
        assertThat(pod.name()).matches("web-" + hash + "-[bcdfghjklmnpqrstvwxz2456789]{5}");
        assertThat(pod.tree().text("metadata", "generateName")).isEqualTo("web-" + hash + "-");
        Tree owner = pod.tree().trees("metadata", "ownerReferences").getFirst();
        assertThat(owner.text("kind")).isEqualTo("ReplicaSet");
        assertThat(owner.text("name")).isEqualTo("web-" + hash);
        assertThat(owner.flag("controller")).isTrue();
        assertThat(pod.spec().text("serviceAccountName")).isEqualTo("default");
        assertThat(pod.spec().text("nodeName")).isIn("node1", "node2");
        assertThat(pod.status().text("phase")).isEqualTo("Running");
        assertThat(ips(pod)).hasSize(2);
        assertThat(
                        pod.spec()
                                .trees("containers")
                                .getFirst()
                                .trees("ports")
                                .getFirst()
                                .text("protocol"))
                .isEqualTo("TCP");
    }

    @Test
    void aPodThatWasWrittenDownToBeLabelledStaysItsOwnersAndGoesWithItsTemplate() {
        String deployment = deployment("web", 2, "");
        ClusterState before = run(deployment);
        KubeObject first = pods(before).getFirst();
        KubeObject labelled = first.with(edit -> edit.set("wp", "metadata", "labels", "use"));
        String written = deployment + "---\n" + Manifests.toYaml(List.of(labelled));

        ClusterState after = run(written, before.memory());

        assertThat(after.problems()).isEmpty();
        assertThat(pods(after))
                .extracting(KubeObject::name)
                .isEqualTo(pods(before).stream().map(KubeObject::name).toList());
        assertThat(get(after, Kind.POD, "shop", first.name()).label("use")).isEqualTo("wp");
        assertThat(ips(get(after, Kind.POD, "shop", first.name()))).isEqualTo(ips(first));

        ClusterState renewed = run(written.replaceFirst("image: app", "image: newer"));
        assertThat(renewed.problems()).isEmpty();
        assertThat(pods(renewed)).hasSize(2).noneMatch(pod -> pod.name().equals(first.name()));
    }

    @Test
    void statefulSetsNumberTheirPodsAndDaemonSetsHaveOnePerNode() {
        ClusterState state =
                run(
                        """
                        apiVersion: apps/v1
                        kind: StatefulSet
                        metadata: {name: db}
                        spec:
                          replicas: 2
                          selector: {matchLabels: {app: db}}
                          template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c}]}}
                        ---
                        apiVersion: apps/v1
                        kind: DaemonSet
                        metadata: {name: agent}
                        spec:
                          selector: {matchLabels: {app: agent}}
                          template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c}]}}
                        """);

        assertThat(get(state, Kind.POD, "default", "db-0").tree().text("metadata", "generateName"))
                .isEqualTo("db-");
        assertThat(get(state, Kind.POD, "default", "db-1").label("apps.kubernetes.io/pod-index"))
                .isEqualTo("1");
        assertThat(pods(state))
                .filteredOn(pod -> pod.label("app").equals("agent"))
                .extracting(pod -> pod.spec().text("nodeName"))
                .containsExactlyInAnyOrder("node1", "node2");
    }

    @Test
    void replicasAreSpreadOverTheNodesAndTakeTheAddressesThatAreListed() {
        String pinned = "annotations: {sandbox.ztunnel.io/pod-ip: \"10.244.1.7, 10.244.2.7\"}";
        List<KubeObject> spread = pods(run(deployment("web", 4, "")));
        List<KubeObject> fixed = pods(run(deployment("web", 3, pinned)));

        assertThat(spread)
                .extracting(pod -> pod.spec().text("nodeName"))
                .containsExactlyInAnyOrder("node1", "node1", "node2", "node2");
        assertThat(fixed).filteredOn(p -> ips(p).getFirst().equals("10.244.1.7")).hasSize(1);
        assertThat(fixed)
                .filteredOn(pod -> ips(pod).getFirst().equals("10.244.2.7"))
                .extracting(pod -> pod.spec().text("nodeName"))
                .containsExactly("node2");
        assertThat(fixed).allSatisfy(pod -> assertThat(ips(pod)).hasSize(2));
    }

    @Test
    void allocationsSurviveARestartAndTheNeighboursComing() {
        ClusterState first = run(deployment("web", 3, "") + "---\n" + SERVICE_AS_IN_BOOKINFO);
        StringBuilder more = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            more.append(deployment("a" + i, 3, ""));
            more.append("---\n").append(SERVICE_AS_IN_BOOKINFO.replace("details", "svc" + i));
        }
        more.append(deployment("web", 3, "")).append("---\n").append(SERVICE_AS_IN_BOOKINFO);
        ClusterState second = run(more.toString(), first.memory());

        Map<ObjectKey, List<String>> before = new HashMap<>();
        pods(first).forEach(pod -> before.put(pod.key(), ips(pod)));
        assertThat(pods(second))
                .filteredOn(pod -> before.containsKey(pod.key()))
                .hasSize(3)
                .allSatisfy(pod -> assertThat(ips(pod)).isEqualTo(before.get(pod.key())));
        assertThat(get(second, Kind.SERVICE, "default", "details").spec().text("clusterIP"))
                .isEqualTo(get(first, Kind.SERVICE, "default", "details").spec().text("clusterIP"));
        Set<String> all = new HashSet<>();
        assertThat(pods(second)).allSatisfy(pod -> assertThat(all.addAll(ips(pod))).isTrue());
        assertThat(all).hasSize(2 * 123);
        assertThat(run(more.toString(), second.memory())).isEqualTo(second);
    }

    @Test
    void aKnownAddressIsKeptEvenIfTheSeedWouldChooseAnother() {
        ClusterState first = run(deployment("web", 1, ""));
        var pods = new java.util.TreeMap<>(first.memory().pods());
        String pod = pods.firstKey();
        pods.put(pod, new ClusterMemory.PodPlace("node2", List.of("10.244.2.99")));
        ClusterMemory moved =
                new ClusterMemory(
                        first.memory().nodes(),
                        pods,
                        first.memory().services(),
                        first.memory().gateways(),
                        first.memory().serviceEntries());

        KubeObject after = pods(run(deployment("web", 1, ""), moved)).getFirst();

        assertThat(after.spec().text("nodeName")).isEqualTo("node2");
        assertThat(ips(after)).first().isEqualTo("10.244.2.99");
        assertThat(ips(after)).hasSize(2);
    }

    @Test
    void twoOwnersOfOneAddressAreAProblemOfTheSecondOnly() {
        ClusterState state =
                run(
                        SERVICE_AS_IN_BOOKINFO.replace("spec:", "spec:\n  clusterIP: 10.4.0.9")
                                + "---\n"
                                + SERVICE_AS_IN_BOOKINFO
                                        .replace("spec:", "spec:\n  clusterIP: 10.4.0.9")
                                        .replace("name: details", "name: second"));

        assertThat(get(state, Kind.SERVICE, "default", "details").spec().text("clusterIP"))
                .isEqualTo("10.4.0.9");
        assertThat(get(state, Kind.SERVICE, "default", "second").spec().text("clusterIP"))
                .startsWith("10.4.")
                .isNotEqualTo("10.4.0.9");
        assertThat(state.problems())
                .singleElement()
                .extracting(Problem::field)
                .isEqualTo("spec.clusterIP");
    }

    @Test
    void aPodThatFitsNowhereStaysPendingAndSaysWhy() {
        ClusterState state =
                run(
                        """
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: lost}
                        spec: {nodeSelector: {disk: ssd}, containers: [{name: c}]}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: fine}
                        spec: {nodeName: node2, containers: [{name: c}]}
                        """);

        KubeObject lost = get(state, Kind.POD, "default", "lost");
        assertThat(lost.status().text("phase")).isEqualTo("Pending");
        assertThat(lost.status().has("podIP")).isFalse();
        assertThat(get(state, Kind.POD, "default", "fine").status().text("podIP"))
                .startsWith("10.244.2.");
        assertThat(state.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.toString()).contains("disk=ssd", "test.yaml:1"));
    }

    @Test
    void theSameManifestsRunOnAnIpv6OnlyCluster() {
        ClusterState state =
                Cluster.materialize(
                        Bookinfo.throughTheWaypoint(),
                        ClusterSettings.DEFAULT.withFamilies(List.of(IpFamily.IPV6)),
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());

        assertThat(pods(state))
                .hasSize(10)
                .allSatisfy(
                        pod ->
                                assertThat(ips(pod))
                                        .singleElement()
                                        .asString()
                                        .contains("fd00:10:244:"));
        assertThat(get(state, Kind.SERVICE, "bookinfo", "reviews").spec().text("clusterIP"))
                .startsWith("fd00:10:4::");
    }

    @Test
    void aWaypointGatewayBecomesAServiceAnAccountAndAPodThatIsNeverCaptured() {
        ClusterState state =
                Cluster.materialize(
                        Bookinfo.throughTheWaypoint(),
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());

        KubeObject service = get(state, Kind.SERVICE, "bookinfo", "waypoint");
        assertThat(service.spec().strings("clusterIPs")).containsExactly("10.4.15.65");
        assertThat(service.spec().trees("ports"))
                .extracting(
                        p ->
                                p.text("name")
                                        + " "
                                        + p.text("appProtocol")
                                        + " "
                                        + p.integer("targetPort").orElse(0))
                .containsExactly("status-port tcp 15021", "mesh hbone 15008");
        assertThat(service.annotation("networking.istio.io/traffic-distribution"))
                .isEqualTo("PreferClose");
        KubeObject pod =
                pods(state).stream()
                        .filter(p -> p.name().startsWith("waypoint-"))
                        .findFirst()
                        .orElseThrow();
        assertThat(pod.spec().text("serviceAccountName")).isEqualTo("waypoint");
        assertThat(pod.spec().text("nodeName")).isEqualTo("node1");
        assertThat(ips(pod)).containsExactly("10.244.1.50", "fd00:10:244:1::50");
        assertThat(pod.label("gateway.istio.io/managed")).isEqualTo("istio.io-mesh-controller");
        assertThat(pod.annotations()).doesNotContainKey(CaptureRule.REDIRECTION);
        assertThat(get(state, Kind.GATEWAY, "bookinfo", "waypoint").status().trees("addresses"))
                .extracting(a -> a.text("type") + "=" + a.text("value"))
                .containsExactly(
                        "IPAddress=10.4.15.65", "Hostname=waypoint.bookinfo.svc.cluster.local");
        assertThat(state.problems()).isEmpty();
    }

    @Test
    void aGatewayReportsItsAddressOnceItsPodIsReadyAndNeverTakesItBack() {
        List<KubeObject> objects = Bookinfo.throughTheWaypoint();
        ClusterState starting = observe(objects, ClusterMemory.EMPTY, Map.of());
        ObjectKey waypoint =
                pods(starting).stream()
                        .map(KubeObject::key)
                        .filter(key -> key.name().startsWith("waypoint-"))
                        .findFirst()
                        .orElseThrow();
        ClusterState up =
                observe(
                        objects,
                        starting.memory(),
                        Map.of(waypoint, new PodStatus(PodStatus.Phase.RUNNING, true, false)));
        ClusterState down = observe(objects, up.memory(), Map.of());
        List<KubeObject> without = objects.stream().filter(o -> o.kind() != Kind.GATEWAY).toList();
        ClusterState gone = observe(without, down.memory(), Map.of());

        assertThat(get(starting, Kind.GATEWAY, "bookinfo", "waypoint").status().has("addresses"))
                .isFalse();
        assertThat(get(up, Kind.GATEWAY, "bookinfo", "waypoint").status().trees("addresses"))
                .hasSize(2);
        assertThat(get(down, Kind.GATEWAY, "bookinfo", "waypoint").status())
                .isEqualTo(get(up, Kind.GATEWAY, "bookinfo", "waypoint").status());
        assertThat(gone.memory().gateways()).isEmpty();
        assertThat(gone.memory().pods()).doesNotContainKey("bookinfo/" + waypoint.name());
    }

    private static ClusterState observe(
            List<KubeObject> objects, ClusterMemory before, Map<ObjectKey, PodStatus> pods) {
        return Cluster.materialize(
                objects, ClusterSettings.DEFAULT, before, RuntimeStatus.observed(pods));
    }

    @Test
    void podsCarryTheMarkOfTheNodeAgentOnlyWhenTheyAreReallyCaptured() {
        List<KubeObject> objects = Bookinfo.throughTheWaypoint();
        ClusterState state = observe(objects, ClusterMemory.EMPTY, Map.of());
        ObjectKey one = pods(state).getFirst().key();
        ClusterState captured =
                observe(
                        objects,
                        state.memory(),
                        Map.of(one, new PodStatus(PodStatus.Phase.RUNNING, true, true)));

        assertThat(pods(captured))
                .filteredOn(pod -> pod.annotations().containsKey(CaptureRule.REDIRECTION))
                .extracting(KubeObject::key)
                .containsExactly(one);
        assertThat(pods(captured))
                .filteredOn(pod -> !pod.key().equals(one))
                .allSatisfy(p -> assertThat(p.status().text("phase")).isEqualTo("Pending"));
    }

    @Test
    void whatIsMaterialisedIsAnOrdinaryManifest() {
        ClusterState state =
                Cluster.materialize(
                        Bookinfo.throughTheWaypoint(),
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());

        ManifestSet read = ManifestLoader.parse("state.yaml", Manifests.toYaml(state.objects()));

        assertThat(read.problems()).isEmpty();
        assertThat(read.objects())
                .extracting(o -> o.tree().fields())
                .isEqualTo(state.objects().stream().map(o -> o.tree().fields()).toList());
    }

    @Test
    void aGatewayToAnotherNetworkReportsTheAddressesThatItWasGiven() {
        ClusterState state =
                run(
                        """
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: Gateway
                        metadata: {name: far, namespace: ns}
                        spec:
                          gatewayClassName: istio-remote
                          addresses: [{value: 9.9.9.9}, {type: Hostname, value: far.x}]
                          listeners: [{name: x, port: 15008, protocol: HBONE}]
                        """);

        assertThat(get(state, Kind.GATEWAY, "ns", "far").status().trees("addresses"))
                .extracting(a -> a.text("type") + "=" + a.text("value"))
                .containsExactly("IPAddress=9.9.9.9", "Hostname=far.x");
    }
}
