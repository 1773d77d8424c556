package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.manifest.KubeObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Optional;

class PodConversionTest {
    private static String pod(String metadata, String spec, String status) {
        return """
        apiVersion: v1
        kind: Pod
        metadata: {name: pod-x, namespace: ns%s}
        spec: {containers: [{name: c, ports: [{name: a, containerPort: 9090}, {name: b, containerPort: 53, protocol: UDP}]}], initContainers: [{name: side, restartPolicy: Always, ports: [{name: s, containerPort: 9191}]}, {name: init, ports: [{name: i, containerPort: 9292}]}]%s}
        status: %s
        """
                .formatted(metadata, spec, status);
    }

    private static Optional<Workload> convert(String metadata, String spec, String status) {
        AmbientSnapshot snapshot = Mesh.of(pod(metadata, spec, status)).build();
        assertThat(snapshot.problems()).isEmpty();
        return Mesh.findWorkload(snapshot, "ns", "pod-x");
    }

    private static final String READY =
            "{phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}";

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | {phase: Pending} | none",
                "'' | {phase: Pending, podIP: 10.0.0.1} | UNHEALTHY",
                "'' | {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status:"
                        + " 'True'}]} | HEALTHY",
                "'' | {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status:"
                        + " 'False'}]} | UNHEALTHY",
                "', deletionTimestamp: x' | {phase: Running, podIP: 10.0.0.1, conditions: [{type:"
                        + " Ready, status: 'True'}]} | UNHEALTHY",
                "'' | {phase: Succeeded, podIP: 10.0.0.1} | none",
                "'' | {phase: Failed, podIP: 10.0.0.1} | none"
            })
    void whichPodsAreSentAndHowTheyAre(String metadata, String status, String expected) {
        assertThat(
                        convert(metadata, "", status)
                                .map(Workload::getStatus)
                                .map(Enum::name)
                                .orElse("none"))
                .isEqualTo(expected);
    }

    @Test
    void aPodWithOneBadAddressIsNotSent() {
        // The loader would refuse it; the index does not depend on that.
        KubeObject pod =
                Mesh.of(pod("", "", READY))
                        .objects()
                        .getFirst()
                        .with(edit -> edit.set("10.0.0.300", "status", "podIP"));

        assertThat(Mesh.of("").add(pod).build().addresses()).isEmpty();
    }

    @Test
    void everyAddressOfAPodIsListedInOrder() {
        Workload workload =
                convert("", "", "{podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}")
                        .orElseThrow();

        assertThat(workload.getAddressesList()).extracting(a -> a.size()).containsExactly(4, 16);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | pod-x",
                "', generateName: rs-, ownerReferences: [{kind: ReplicaSet, name: rs, controller:"
                        + " true}]' | rs",
                "', generateName: web-5f6-, labels: {pod-template-hash: 5f6}, ownerReferences:"
                        + " [{kind: ReplicaSet, name: web-5f6, controller: true}]' | web",
                "', generateName: web-5f6-, labels: {rollouts-pod-template-hash: 5f6},"
                    + " ownerReferences: [{kind: ReplicaSet, name: web-5f6, controller: true}]' |"
                    + " web",
                "', generateName: web-5f6-, labels: {pod-template-hash: other}, ownerReferences:"
                        + " [{kind: ReplicaSet, name: web-5f6, controller: true}]' | web-5f6",
                "', generateName: j-12345678-, ownerReferences: [{kind: Job, name: j-12345678,"
                        + " controller: true}]' | j",
                "', generateName: j-1234567-, ownerReferences: [{kind: Job, name: j-1234567,"
                        + " controller: true}]' | j-1234567",
                "', generateName: rc-, labels: {deploymentconfig: dc}, ownerReferences: [{kind:"
                        + " ReplicationController, name: rc, controller: true}]' | dc",
                "', generateName: db-, ownerReferences: [{kind: StatefulSet, name: db, controller:"
                        + " true}]' | db",
                "', generateName: x-, ownerReferences: [{kind: ReplicaSet, name: rs}]' | pod-x",
                "', ownerReferences: [{kind: ReplicaSet, name: rs, controller: true}]' | pod-x",
                "', labels: {service.istio.io/workload-name: given}' | given"
            })
    void aPodIsNamedAfterWhatSomebodyWroteDown(String metadata, String expected) {
        assertThat(convert(metadata, "", READY).orElseThrow().getWorkloadName())
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | pod-x | latest",
                "{app: a, version: v} | a | v",
                "{app: a, app.kubernetes.io/name: n, app.kubernetes.io/version: w, version: v} | n"
                        + " | w",
                "{app: a, service.istio.io/canonical-name: c, service.istio.io/canonical-revision:"
                        + " r} | c | r",
                "{app: a, app.kubernetes.io/name: '', version: ''} | '' | ''"
            })
    void canonicalNames(String labels, String name, String revision) {
        Workload workload = convert(", labels: " + labels, "", READY).orElseThrow();

        assertThat(workload.getCanonicalName()).isEqualTo(name);
        assertThat(workload.getCanonicalRevision()).isEqualTo(revision);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | NONE | false",
                "', annotations: {ambient.istio.io/redirection: enabled}' | HBONE | false",
                "', annotations: {ambient.istio.io/redirection: pending}' | NONE | false",
                "', labels: {networking.istio.io/tunnel: http}' | HBONE | true"
            })
    void capturedPodsSpeakHbone(String metadata, TunnelProtocol protocol, boolean isNative) {
        Workload workload = convert(metadata, "", READY).orElseThrow();

        assertThat(workload.getTunnelProtocol()).isEqualTo(protocol);
        assertThat(workload.getNativeTunnel()).isEqualTo(isNative);
    }

    @Test
    void namedPortsAreLookedUpOnThePodAndUnknownOnesLeftOut() {
        String service =
                """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: svc, namespace: ns}
                spec:
                  selector: {app: a}
                  ports:
                  - {name: p0, port: 80, targetPort: 8080}
                  - {name: p1, port: 81, targetPort: a}
                  - {name: p2, port: 82, targetPort: b}
                  - {name: p3, port: 83, targetPort: s}
                  - {name: p4, port: 84, targetPort: i}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: all, namespace: ns}
                spec: {ports: [{port: 80, targetPort: 80}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: named, namespace: ns}
                spec: {selector: {app: a}, ports: [{port: 80, targetPort: none}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: svc, namespace: other}
                spec: {selector: {app: a}, ports: [{port: 80, targetPort: 80}]}
                """;
        AmbientSnapshot snapshot =
                Mesh.of(pod(", labels: {app: a, x: y}", "", READY) + service).build();
        Workload workload = Mesh.workload(snapshot, "ns", "pod-x");

        assertThat(workload.getServicesMap().keySet())
                .containsExactlyInAnyOrder(
                        "ns/svc.ns.svc.cluster.local", "ns/named.ns.svc.cluster.local");
        assertThat(workload.getServicesOrThrow("ns/svc.ns.svc.cluster.local").getPortsList())
                .extracting(p -> p.getServicePort() + ":" + p.getTargetPort())
                .containsExactly("80:8080", "81:9090", "83:9191");
        assertThat(workload.getServicesOrThrow("ns/named.ns.svc.cluster.local").getPortsList())
                .isEmpty();
    }

    @Test
    void whatIsTakenVerbatimFromPodNodeAndMesh() {
        String others =
                """
                ---
                apiVersion: v1
                kind: Node
                metadata: {name: n1, labels: {topology.kubernetes.io/zone: z, topology.istio.io/subzone: s}}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: istio-system, labels: {topology.istio.io/network: net1}}
                """;
        MeshSettings settings =
                new MeshSettings(
                        "c1",
                        "cluster.local",
                        "example.org",
                        "istio-system",
                        "istio-system",
                        "",
                        java.util.List.of(),
                        ServiceEntryVisibility.UNSET,
                        Features.DEFAULT);
        AmbientSnapshot snapshot =
                Mesh.of(
                                pod(
                                                "",
                                                ", hostNetwork: true, nodeName: n1,"
                                                        + " serviceAccountName: sa",
                                                READY)
                                        + others)
                        .build(settings);
        Workload workload =
                Optional.ofNullable(snapshot.addresses().get("c1//Pod/ns/pod-x"))
                        .orElseThrow()
                        .message()
                        .getWorkload();

        assertThat(workload.getUid()).isEqualTo("c1//Pod/ns/pod-x");
        assertThat(workload.getNetworkMode()).isEqualTo(NetworkMode.HOST_NETWORK);
        assertThat(workload.getWorkloadType()).isEqualTo(WorkloadType.POD);
        assertThat(workload.getNetwork()).isEqualTo("net1");
        assertThat(workload.getTrustDomain()).isEqualTo("example.org");
        assertThat(workload.getClusterId()).isEqualTo("c1");
        assertThat(workload.getServiceAccount()).isEqualTo("sa");
        assertThat(workload.getNode()).isEqualTo("n1");
        assertThat(workload.getLocality().getZone()).isEqualTo("z");
        assertThat(workload.getLocality().getSubzone()).isEqualTo("s");
        assertThat(workload.getStatus()).isEqualTo(WorkloadStatus.HEALTHY);
        assertThat(convert("", "", READY).orElseThrow().getTrustDomain()).isEmpty();
        assertThat(convert("", "", READY).orElseThrow().hasLocality()).isFalse();
    }
}
