package io.ztunnel.sandbox.conformance.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

class ResourceTemplateTest {
    private static final Names NAMES =
            (name, property) ->
                    switch (name + "." + property) {
                        case "pod.ips" -> List.of("10.0.0.1", "fd00::1");
                        case "pod.ip" -> List.of("fd00::1");
                        case "pod.bits" -> List.of("128");
                        case "pod.identity" -> List.of("spiffe://t/ns/n/sa/s");
                        default -> throw new IllegalArgumentException("nobody is " + name);
                    };
    private static final Workload POD =
            Workload.newBuilder()
                    .setUid("uid")
                    .setName("pod")
                    .setTunnelProtocol(TunnelProtocol.HBONE)
                    .addAddresses(bytes("10.0.0.9"))
                    .build();

    private static ByteString bytes(String address) {
        return ByteString.copyFrom(InetAddress.ofLiteral(address).getAddress());
    }

    private static XdsResource read(String yaml) {
        return ResourceTemplate.read(Item.parse("f.yaml", yaml))
                .build(NAMES, name -> name.equals("pod") ? Optional.of(POD) : Optional.empty());
    }

    @Test
    void aWorkloadStartsFromItsPodAndChangesWhatIsWritten() throws Exception {
        XdsResource resource =
                read(
                        """
                        workload:
                          pod: pod
                          node: n1
                          capacity: 0
                          services: {ns/host: {ports: [{service_port: 80, targetPort: 8080}]}}
                        """);
        Workload workload = Address.parseFrom(resource.content()).getWorkload();
        assertThat(resource.name()).isEqualTo("uid");
        assertThat(resource.typeUrl()).isEqualTo("type.googleapis.com/istio.workload.Address");
        assertThat(workload.getNode()).isEqualTo("n1");
        assertThat(workload.getTunnelProtocol()).isEqualTo(TunnelProtocol.HBONE);
        assertThat(workload.hasCapacity()).isTrue();
        assertThat(workload.getAddressesList()).containsExactly(bytes("10.0.0.9"));
        assertThat(workload.getServicesOrThrow("ns/host").getPorts(0).getTargetPort())
                .isEqualTo(8080);
    }

    @Test
    void aListRepeatsAnElementForEachAddress() throws Exception {
        Service service =
                Address.parseFrom(
                                read("""
                                service:
                                  name: web
                                  namespace: ns
                                  hostname: web.ns
                                  addresses: [{network: x, address: $(pod.ips)}]
                                  subject_alt_names: [$(pod.identity)]
                                """)
                                        .content())
                        .getService();
        assertThat(service.getAddressesList())
                .extracting(a -> a.getNetwork(), a -> a.getAddress())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("x", bytes("10.0.0.1")),
                        org.assertj.core.groups.Tuple.tuple("x", bytes("fd00::1")));
        assertThat(service.getSubjectAltNamesList()).containsExactly("spiffe://t/ns/n/sa/s");
    }

    @Test
    void aPolicyIsNamedByNamespaceAndName() throws InvalidProtocolBufferException {
        XdsResource resource =
                read(
                        """
                        authorization:
                          name: p
                          namespace: ns
                          action: DENY
                          rules:
                            - clauses:
                                - matches:
                                    - principals: [{presence: {}}]
                                      source_ips: [{address: $(pod.ip), length: $(pod.bits)}]
                        """);
        assertThat(resource.name()).isEqualTo("ns/p");
        Authorization policy = Authorization.parseFrom(resource.content());
        Match match = policy.getRules(0).getClauses(0).getMatches(0);
        assertThat(policy.getAction()).isEqualTo(Action.DENY);
        assertThat(match.getPrincipals(0).hasPresence()).isTrue();
        assertThat(match.getSourceIps(0).getLength()).isEqualTo(128);
    }

    @Test
    void whatDoesNotFitIsNamedWithItsLine() {
        for (var row :
                List.of(
                        List.of(
                                "workload:\n  tunnel_protocol: MAGIC",
                                "f.yaml:2: workload.tunnel_protocol: 'MAGIC' is not one of NONE,"
                                        + " HBONE, LEGACY_ISTIO_MTLS"),
                        List.of(
                                "workload:\n  addresses: [here]",
                                "f.yaml:2: workload.addresses[0]: 'here' is not an IP address"),
                        List.of(
                                "service:\n  ports:\n    - {service_port: http}",
                                "f.yaml:3: service.ports[0].service_port: expected a number, not"
                                        + " 'http'"),
                        List.of(
                                "workload:\n  native_tunnel: maybe",
                                "f.yaml:2: workload.native_tunnel: expected true or false, not"
                                        + " 'maybe'"),
                        List.of(
                                "workload:\n  pod: nobody",
                                "f.yaml:2: workload.pod: there is no such pod"),
                        List.of(
                                "workload:\n  name: $(nobody)",
                                "f.yaml:2: workload.name: nobody is nobody"))) {
            assertThatThrownBy(() -> read(row.getFirst()))
                    .isInstanceOf(BadScenarioException.class)
                    .hasMessage(row.getLast());
        }
    }
}
