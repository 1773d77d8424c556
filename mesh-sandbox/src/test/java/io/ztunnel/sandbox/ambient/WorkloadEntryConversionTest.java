package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

class WorkloadEntryConversionTest {
    private static final String UID = "networking.istio.io/WorkloadEntry/ns/vm";
    private static final String FQDN = "ns/svc.ns.svc.cluster.local";

    private static String entry(String metadata, String spec) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: WorkloadEntry
        metadata: {name: vm, namespace: ns%s}
        spec: %s
        """
                .formatted(metadata, spec);
    }

    private static Workload convert(String metadata, String spec) {
        AmbientSnapshot snapshot = Mesh.of(entry(metadata, spec)).build();
        assertThat(snapshot.problems()).isEmpty();
        return Mesh.workload(snapshot, UID);
    }

    @Test
    void whatIsTakenFromTheEntry() {
        Workload workload =
                convert(
                        ", annotations: {ambient.istio.io/redirection: enabled}",
                        "{address: 10.1.1.1, serviceAccount: vm-sa, weight: 7, locality: r/z/s,"
                                + " network: net2}");

        assertThat(workload.getUid()).isEqualTo("Kubernetes/" + UID);
        assertThat(workload.getName()).isEqualTo("vm");
        assertThat(workload.getNamespace()).isEqualTo("ns");
        assertThat(workload.getAddressesList())
                .singleElement()
                .satisfies(a -> assertThat(a.toByteArray()).containsExactly(10, 1, 1, 1));
        assertThat(workload.getHostname()).isEmpty();
        assertThat(workload.getServiceAccount()).isEqualTo("vm-sa");
        assertThat(workload.getCapacity().getValue()).isEqualTo(7);
        assertThat(workload.getLocality().getRegion()).isEqualTo("r");
        assertThat(workload.getLocality().getZone()).isEqualTo("z");
        assertThat(workload.getLocality().getSubzone()).isEqualTo("s");
        assertThat(workload.getNetwork()).isEqualTo("net2");
        assertThat(workload.getClusterId()).isEqualTo("Kubernetes");
        assertThat(workload.getNode()).isEmpty();
        assertThat(workload.getStatus()).isEqualTo(WorkloadStatus.HEALTHY);
        assertThat(workload.getNetworkMode()).isEqualTo(NetworkMode.STANDARD);
        assertThat(workload.getWorkloadType()).isEqualTo(WorkloadType.POD);
        assertThat(workload.getTunnelProtocol()).isEqualTo(TunnelProtocol.HBONE);
        assertThat(workload.getNativeTunnel()).isFalse();
    }

    @Test
    void anAddressThatIsNoneIsAHostName() {
        Workload named = convert("", "{address: vm.example}");
        Workload neither = convert("", "{network: net2, weight: 0}");

        assertThat(named.getHostname()).isEqualTo("vm.example");
        assertThat(named.getAddressesList()).isEmpty();
        assertThat(named.hasLocality()).isFalse();
        assertThat(neither.getHostname()).isEmpty();
        assertThat(neither.getAddressesList()).isEmpty();
        assertThat(neither.hasCapacity()).isFalse();
    }

    @Test
    void aTunnelLabelMeansThatItSpeaksHboneByItself() {
        Workload workload =
                convert(", labels: {networking.istio.io/tunnel: http}", "{address: 10.1.1.1}");

        assertThat(workload.getTunnelProtocol()).isEqualTo(TunnelProtocol.HBONE);
        assertThat(workload.getNativeTunnel()).isTrue();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | {} | vm | vm | latest",
                "'' | {app: spec, version: v1} | vm | spec | v1",
                "', labels: {app: own}' | {app: spec, version: v1} | vm | own | v1",
                "', labels: {service.istio.io/workload-name: w}' | {} | w | w | latest",
                "', annotations: {istio.io/autoRegistrationGroup: g}, labels:"
                        + " {service.istio.io/workload-name: w}' | {} | g | g | latest"
            })
    void namesComeFromTheMergedLabels(
            String metadata, String labels, String workload, String canonical, String revision) {
        Workload converted = convert(metadata, "{address: 10.1.1.1, labels: " + labels + "}");

        assertThat(converted.getWorkloadName()).isEqualTo(workload);
        assertThat(converted.getCanonicalName()).isEqualTo(canonical);
        assertThat(converted.getCanonicalRevision()).isEqualTo(revision);
    }

    private static final String SERVICES =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: svc, namespace: ns}
            spec:
              selector: {app: a}
              ports:
              - {name: http, port: 80, targetPort: 8080}
              - {name: grpc, port: 81, targetPort: 8081}
              - {name: named, port: 82, targetPort: web}
              - {name: missing, port: 83, targetPort: nothing}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: svc, namespace: other}
            spec: {selector: {app: a}, ports: [{port: 80}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: se, namespace: ns}
            spec:
              hosts: [h.x]
              resolution: STATIC
              workloadSelector: {labels: {app: a}}
              ports:
              - {name: http, number: 80, protocol: HTTP}
              - {name: tls, number: 443, protocol: TLS, targetPort: 8443}
              - {name: tcp, number: 9000, protocol: TCP}
            """;

    @Test
    void aServicesPortsAreOverriddenByNameAndAnEntrysToo() {
        AmbientSnapshot snapshot =
                Mesh.of(
                                entry(
                                                "",
                                                "{address: 10.1.1.1, labels: {app: a}, ports:"
                                                        + " {http: 18080, web: 9090}}")
                                        + SERVICES)
                        .build();
        Workload workload = Mesh.workload(snapshot, UID);

        assertThat(workload.getServicesMap().keySet()).containsExactlyInAnyOrder(FQDN, "ns/h.x");
        assertThat(Mesh.ports(workload, FQDN)).isEqualTo("80:18080 81:8081 82:9090");
        assertThat(Mesh.ports(workload, "ns/h.x")).isEqualTo("80:18080 443:8443 9000:9000");
    }

    @Test
    void servicesSelectEntriesOnlyWhereThatIsSwitchedOn() {
        MeshSettings off =
                MeshSettings.DEFAULT.withFeatures(
                        Features.of(Map.of("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", "false")));
        String yaml = entry("", "{address: 10.1.1.1, labels: {app: a}}") + SERVICES;

        assertThat(Mesh.workload(Mesh.of(yaml).build(off), UID).getServicesMap().keySet())
                .containsExactly("ns/h.x");
    }

    @Test
    void policiesSelectByTheMergedLabels() {
        String policy =
                """
                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: p, namespace: ns}
                spec: {selector: {matchLabels: {app: a}}}
                """;
        Workload workload =
                Mesh.workload(
                        Mesh.of(entry("", "{address: 10.1.1.1, labels: {app: a}}") + policy)
                                .build(),
                        UID);

        assertThat(workload.getAuthorizationPoliciesList()).containsExactly("ns/p");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: IPAddress, value: 9.9.9.9} | 9.9.9.9 | ''",
                "{type: Hostname, value: gw.x} | '' | istio-system/gw.x"
            })
    void anotherNetworkIsReachedThroughItsGateway(String address, String ip, String hostname) {
        String gateway =
                """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: remote, namespace: istio-system, labels: {topology.istio.io/network: net2}}
                spec:
                  gatewayClassName: istio-remote
                  listeners: [{name: x, port: 15008, protocol: HBONE}]
                status: {addresses: [%s]}
                """
                        .formatted(address);
        AmbientSnapshot snapshot =
                Mesh.of(entry("", "{address: 10.1.1.1, network: net2}") + gateway).build();
        var at = Mesh.workload(snapshot, UID).getNetworkGateway();
        String value = ip.isEmpty() ? "gw.x" : ip;
        String uid = "NetworkGateway/net2/" + value + "/15008";
        var resource = snapshot.addresses().get(uid);
        assertThat(resource).isNotNull();
        Workload itself = resource.message().getWorkload();

        assertThat(at.getHboneMtlsPort()).isEqualTo(15008);
        if (ip.isEmpty()) {
            assertThat(at.getHostname().getNamespace() + "/" + at.getHostname().getHostname())
                    .isEqualTo(hostname);
            assertThat(itself.getHostname()).isEqualTo("gw.x");
        } else {
            assertThat(at.getAddress().getNetwork()).isEqualTo("net2");
            assertThat(at.getAddress().getAddress().toByteArray()).containsExactly(9, 9, 9, 9);
            assertThat(itself.getAddressesList()).hasSize(1);
        }
        assertThat(itself.getName()).isEqualTo(uid);
        assertThat(itself.getServiceAccount()).isEqualTo("remote-istio-remote");
        assertThat(itself.getNamespace()).isEqualTo("istio-system");
        assertThat(itself.getNetwork()).isEqualTo("net2");
        assertThat(itself.getClusterId()).isEmpty();
    }

    @Test
    void theLocalNetworkHasNoGatewayAndIsTheDefault() {
        AmbientSnapshot snapshot =
                Mesh.of(entry("", "{address: 10.1.1.1}"))
                        .namespace("istio-system", "topology.istio.io/network=net1")
                        .build();

        assertThat(Mesh.workload(snapshot, UID).getNetwork()).isEqualTo("net1");
        assertThat(Mesh.workload(snapshot, UID).hasNetworkGateway()).isFalse();
    }
}
