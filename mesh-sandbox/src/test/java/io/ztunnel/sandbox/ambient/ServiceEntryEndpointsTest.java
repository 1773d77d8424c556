package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class ServiceEntryEndpointsTest {
    private static final String UID = "networking.istio.io/ServiceEntry/ns/se/";

    private static String entry(String metadata, String spec) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: se, namespace: ns%s}
        spec: %s
        """
                .formatted(metadata, spec);
    }

    private static List<String> workloads(AmbientSnapshot snapshot) {
        return snapshot.addresses().values().stream()
                .map(MeshResource::message)
                .filter(Address::hasWorkload)
                .map(Address::getWorkload)
                .map(
                        w ->
                                w.getUid().substring(w.getUid().lastIndexOf('/') + 1)
                                        + " in "
                                        + String.join(
                                                " ",
                                                w.getServicesMap().keySet().stream()
                                                        .sorted()
                                                        .toList()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "resolution: DNS | a.x in ns/a.x; b.x in ns/b.x",
                "resolution: DNS_ROUND_ROBIN | a.x in ns/a.x; b.x in ns/b.x",
                "resolution: DYNAMIC_DNS | a.x in ns/a.x; b.x in ns/b.x",
                "resolution: STATIC | ''",
                "resolution: NONE | ''",
                "resolution: DNS, workloadSelector: {labels: {app: a}} | ''",
                "resolution: DNS, endpoints: [{address: c.x}] | c.x in ns/a.x ns/b.x",
                "resolution: STATIC, endpoints: [{address: 10.1.1.1}, {address: 10.1.1.2}] |"
                        + " 10.1.1.1 in ns/a.x ns/b.x; 10.1.1.2 in ns/a.x ns/b.x",
                "resolution: NONE, endpoints: [{address: 10.1.1.1}] | 10.1.1.1 in ns/a.x ns/b.x"
            })
    void whichEndpointsThereAreAndWhatTheyBelongTo(String spec, String expected) {
        AmbientSnapshot snapshot = Mesh.of(entry("", "{hosts: [a.x, b.x], " + spec + "}")).build();

        assertThat(snapshot.problems()).isEmpty();
        assertThat(String.join("; ", workloads(snapshot))).isEqualTo(expected);
    }

    @Test
    void namesPoliciesAndTunnelFollowTheEntrysLabelsAndTheRestTheEndpoint() {
        String policies =
                """
                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: entry, namespace: ns}
                spec: {selector: {matchLabels: {app: entry}}}
                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: endpoint, namespace: ns}
                spec: {selector: {matchLabels: {app: endpoint}}}
                """;
        String spec =
                "{hosts: [a.x], resolution: STATIC, ports: [{number: 80, name: http, targetPort:"
                        + " 8080}, {number: 90, name: grpc}], endpoints: [{address: 10.1.1.1,"
                        + " labels: {app: endpoint}, ports: {http: 18080}, weight: 3, locality:"
                        + " r/z, serviceAccount: sa, network: net2}, {address: 10.1.1.2}]}";
        AmbientSnapshot snapshot =
                Mesh.of(
                                entry(
                                                ", labels: {app: entry, version: v2,"
                                                        + " networking.istio.io/tunnel: http}",
                                                spec)
                                        + policies)
                        .build();
        Workload first = Mesh.workload(snapshot, UID + "10.1.1.1");

        assertThat(first.getName()).isEqualTo("se");
        assertThat(first.getWorkloadName()).isEqualTo("se");
        assertThat(first.getCanonicalName()).isEqualTo("entry");
        assertThat(first.getCanonicalRevision()).isEqualTo("v2");
        assertThat(first.getWorkloadType()).isEqualTo(WorkloadType.POD);
        assertThat(first.getStatus()).isEqualTo(WorkloadStatus.HEALTHY);
        assertThat(first.getTunnelProtocol()).isEqualTo(TunnelProtocol.HBONE);
        assertThat(first.getNativeTunnel()).isTrue();
        assertThat(first.getAuthorizationPoliciesList()).containsExactly("ns/entry");
        assertThat(first.getCapacity().getValue()).isEqualTo(3);
        assertThat(first.getLocality().getZone()).isEqualTo("z");
        assertThat(first.getServiceAccount()).isEqualTo("sa");
        assertThat(first.getNetwork()).isEqualTo("net2");
        assertThat(Mesh.ports(first, "ns/a.x")).isEqualTo("80:18080 90:90");
        Workload second = Mesh.workload(snapshot, UID + "10.1.1.2");
        // istiod would leave it on the network of the endpoint before it
        assertThat(second.getNetwork()).isEmpty();
        assertThat(Mesh.ports(second, "ns/a.x")).isEqualTo("80:8080 90:90");
    }

    @Test
    void anEntryWithoutLabelsListsNoSelectorPolicies() {
        String policy =
                """
                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: p, namespace: ns}
                spec: {selector: {matchLabels: {app: a}}}
                """;
        AmbientSnapshot snapshot =
                Mesh.of(entry("", "{hosts: [a.x], resolution: DNS}") + policy).build();

        assertThat(Mesh.workload(snapshot, UID + "a.x").getAuthorizationPoliciesList()).isEmpty();
        assertThat(Mesh.workload(snapshot, UID + "a.x").getHostname()).isEqualTo("a.x");
    }

    @Test
    void podsAreSelectedAndTheirPortsFoundByTheNameOfTheEntrysPort() {
        String pod =
                """
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: pod, namespace: ns, labels: {app: a}}
                spec: {containers: [{name: c, ports: [{name: http, containerPort: 8000}]}]}
                status: {podIP: 10.0.0.1}
                """;
        String entry =
                entry(
                        "",
                        "{hosts: [a.x], resolution: STATIC, workloadSelector: {labels: {app: a}},"
                                + " ports: [{number: 8002, name: http}, {number: 443, name: tls,"
                                + " targetPort: 8443}, {number: 9, name: tcp}]}");
        AmbientSnapshot snapshot = Mesh.of(entry + pod).build();
        MeshSettings off =
                MeshSettings.DEFAULT.withFeatures(
                        Features.of(
                                java.util.Map.of("PILOT_ENABLE_SERVICEENTRY_SELECT_PODS", "0")));

        assertThat(Mesh.ports(Mesh.workload(snapshot, "ns", "pod"), "ns/a.x"))
                .isEqualTo("8002:8000 443:8443 9:9");
        assertThat(Mesh.workload(Mesh.of(entry + pod).build(off), "ns", "pod").getServicesMap())
                .isEmpty();
    }
}
