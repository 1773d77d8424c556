package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.RuntimeStatus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointSlicesTest {
    private static final String KEY = "ns/svc.ns.svc.cluster.local";
    private static final String UID = "discovery.k8s.io/EndpointSlice/ns/slice/";
    private static final String SERVICE =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: svc, namespace: ns}
            spec: {clusterIP: 10.4.0.1, ports: [{name: https, port: 443, targetPort: 8443}, {name: x, port: 80, targetPort: 81}]}
            """;
    private static final String POD =
            """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: pod, namespace: ns, uid: u1}
            spec: {containers: [{name: c}]}
            status: {podIP: 10.0.0.1}
            """;

    private static String slice(String more, String endpoint) {
        return """
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: slice, namespace: ns, labels: {kubernetes.io/service-name: svc}}
        addressType: IPv4
        ports: [{name: https, port: 6443, protocol: TCP}]
        endpoints: [%s]
        %s
        """
                .formatted(endpoint, more);
    }

    private static long workloads(AmbientSnapshot snapshot) {
        return snapshot.addresses().values().stream()
                .filter(r -> r.message().hasWorkload())
                .count();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{kind: Pod, namespace: ns, name: pod, uid: u1} | true",
                "{kind: Pod, namespace: ns, name: pod, uid: u2} | false",
                "{kind: Pod, namespace: ns, name: pod} | false",
                "{kind: Pod, namespace: other, name: pod, uid: u1} | false",
                "{kind: Pod, namespace: ns, name: other, uid: u1} | false"
            })
    void aSliceThatNamesAPodExactlyPutsItIntoTheService(String target, boolean member) {
        AmbientSnapshot snapshot =
                Mesh.of(
                                SERVICE
                                        + POD
                                        + slice(
                                                "",
                                                "{addresses: [10.0.0.1], targetRef: "
                                                        + target
                                                        + "}"))
                        .build();
        Workload pod = Mesh.workload(snapshot, "ns", "pod");

        assertThat(pod.containsServices(KEY)).isEqualTo(member);
        assertThat(workloads(snapshot)).isEqualTo(1);
        if (member) {
            // the Service's target port, not the slice's
            assertThat(Mesh.ports(pod, KEY)).isEqualTo("443:8443 80:81");
        }
    }

    @Test
    void anEndpointThatIsNoPodIsAWorkloadOfItsOwnThatMayShareAnAddress() {
        AmbientSnapshot snapshot =
                Mesh.of(
                                SERVICE
                                        + POD.replace("spec: {", "spec: {hostNetwork: true, ")
                                        + slice("", "{addresses: [10.0.0.1, 10.0.0.2]}"))
                        .build();
        Workload workload = Mesh.workload(snapshot, UID + "10.0.0.1");

        assertThat(Mesh.workload(snapshot, "ns", "pod").getServicesMap()).isEmpty();
        assertThat(Mesh.workload(snapshot, "ns", "pod").getNetworkMode())
                .isEqualTo(NetworkMode.HOST_NETWORK);
        assertThat(workload.getName()).isEqualTo("slice");
        assertThat(workload.getAddressesList()).hasSize(2);
        assertThat(workload.getNetworkMode()).isEqualTo(NetworkMode.HOST_NETWORK);
        assertThat(workload.getWorkloadType()).isEqualTo(WorkloadType.DEPLOYMENT);
        assertThat(workload.getServiceAccount()).isEmpty();
        assertThat(workload.getCanonicalName()).isEmpty();
        assertThat(workload.getCanonicalRevision()).isEmpty();
        assertThat(workload.getWorkloadName()).isEmpty();
        assertThat(Mesh.ports(workload, KEY)).isEqualTo("443:6443");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | HEALTHY",
                "', conditions: {ready: true}' | HEALTHY",
                "', conditions: {ready: false}' | UNHEALTHY",
                "', conditions: {ready: false, serving: true}' | UNHEALTHY",
                "', conditions: {serving: false, terminating: true}' | HEALTHY"
            })
    void onlyReadyCounts(String conditions, WorkloadStatus expected) {
        AmbientSnapshot snapshot =
                Mesh.of(SERVICE + slice("", "{addresses: [10.0.0.9]" + conditions + "}")).build();

        assertThat(Mesh.workload(snapshot, UID + "10.0.0.9").getStatus()).isEqualTo(expected);
    }

    @Test
    void whatCannotBeUsedIsPassedOver() {
        String endpoint = "{addresses: [10.0.0.9]}";
        String good = SERVICE + slice("", endpoint + ", " + endpoint);

        assertThat(workloads(Mesh.of(good).build())).as("repeated").isEqualTo(1);
        assertThat(
                        workloads(
                                Mesh.of(good.replace("addressType: IPv4", "addressType: FQDN"))
                                        .build()))
                .isZero();
        assertThat(
                        workloads(
                                Mesh.of(good.replace("service-name: svc", "service-name: no"))
                                        .build()))
                .isZero();
        assertThat(workloads(Mesh.of(good.replace("kubernetes.io/service-name", "x")).build()))
                .isZero();
        assertThat(
                        workloads(
                                Mesh.of(
                                                good.replace(
                                                        "clusterIP: 10.4.0.1",
                                                        "type: ExternalName, externalName: a.b"))
                                        .build()))
                .isZero();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: https, port: 6443, protocol: TCP} | 443:6443",
                "{name: https, port: 6443, protocol: UDP} | ''",
                "{name: https, port: 6443} | ''",
                "{name: https, protocol: TCP} | ''",
                "{name: other, port: 6443, protocol: TCP} | ''",
                "{port: 6443, protocol: TCP} | ''",
                "{name: x, port: 1, protocol: TCP} | 80:1"
            })
    void portsAreThoseWithTheSameName(String port, String expected) {
        String slice =
                slice("", "{addresses: [10.0.0.9]}")
                        .replace("{name: https, port: 6443, protocol: TCP}", port);

        assertThat(
                        Mesh.ports(
                                Mesh.workload(Mesh.of(SERVICE + slice).build(), UID + "10.0.0.9"),
                                KEY))
                .isEqualTo(expected);
    }

    @Test
    void portsWithoutNameMatchEachOther() {
        String service =
                SERVICE.replace("name: https, ", "")
                        .replace(", {name: x, port: 80, targetPort: 81}", "");
        String slice = slice("", "{addresses: [10.0.0.9]}").replace("name: https", "name: ''");

        assertThat(
                        Mesh.ports(
                                Mesh.workload(Mesh.of(service + slice).build(), UID + "10.0.0.9"),
                                KEY))
                .isEqualTo("443:6443");
    }

    @Test
    void aClusterFillsInWhatAManifestLeavesOut() {
        String yaml =
                SERVICE
                        + POD.replace(", uid: u1", "")
                        + slice(
                                        "",
                                        "{addresses: [10.0.0.1], targetRef: {kind: Pod, name:"
                                                + " pod}}, {addresses: [10.9.9.9]}")
                                .replace(", protocol: TCP", "");
        AmbientSnapshot snapshot =
                AmbientIndex.build(
                        MeshSettings.DEFAULT,
                        Cluster.materialize(
                                        Mesh.of(yaml).objects(),
                                        ClusterSettings.DEFAULT,
                                        ClusterMemory.EMPTY,
                                        RuntimeStatus.allRunning())
                                .objects());

        assertThat(Mesh.workload(snapshot, "ns", "pod").containsServices(KEY)).isTrue();
        assertThat(Mesh.ports(Mesh.workload(snapshot, UID + "10.9.9.9"), KEY))
                .isEqualTo("443:6443");
    }
}
