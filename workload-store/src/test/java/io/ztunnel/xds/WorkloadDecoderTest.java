package io.ztunnel.xds;

import static io.ztunnel.xds.WireFixture.bytes;
import static io.ztunnel.xds.WireFixture.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UInt32Value;

import io.ztunnel.api.workload.ApplicationTunnel;
import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.NamespacedHostname;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

class WorkloadDecoderTest {
    private final WorkloadDecoder decoder = new WorkloadDecoder(new FieldDecoder());

    private Workload decode(io.ztunnel.api.workload.Workload.Builder wire)
            throws InvalidResourceException {
        return decoder.decode(wire.getUid(), wire.build());
    }

    interface Change extends UnaryOperator<io.ztunnel.api.workload.Workload.Builder> {}

    private static Arguments row(String field, String value, Change change) {
        return Arguments.of(field, value, change);
    }

    static Stream<Arguments> rejected() {
        return Stream.of(
                row("addresses[1]", "0x", w -> w.addAddresses(bytes())),
                row("addresses[1]", "0x0a0000", w -> w.addAddresses(bytes(10, 0, 0))),
                row("addresses[1]", "0x0a00000101", w -> w.addAddresses(bytes(10, 0, 0, 1, 1))),
                row("tunnel_protocol", "9", w -> w.setTunnelProtocolValue(9)),
                row(
                        "tunnel_protocol",
                        "LEGACY_ISTIO_MTLS",
                        w -> w.setTunnelProtocol(TunnelProtocol.LEGACY_ISTIO_MTLS)),
                row("network_mode", "7", w -> w.setNetworkModeValue(7)),
                row("status", "5", w -> w.setStatusValue(5)),
                row(
                        "application_tunnel.protocol",
                        "4",
                        w ->
                                w.setApplicationTunnel(
                                        ApplicationTunnel.newBuilder().setProtocolValue(4))),
                row(
                        "waypoint",
                        "without destination",
                        w -> w.setWaypoint(GatewayAddress.getDefaultInstance())),
                row(
                        "network_gateway",
                        "without destination",
                        w -> w.setNetworkGateway(GatewayAddress.newBuilder().setHboneMtlsPort(1))),
                row(
                        "waypoint.address",
                        "0x01",
                        w ->
                                w.setWaypoint(
                                        GatewayAddress.newBuilder()
                                                .setAddress(
                                                        NetworkAddress.newBuilder()
                                                                .setAddress(bytes(1))))),
                row(
                        "services",
                        "noslash",
                        w -> w.putServices("noslash", PortList.getDefaultInstance())));
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectsAndNamesTheFieldAndItsValue(String field, String value, Change change) {
        assertThatThrownBy(() -> decode(change.apply(pod("a"))))
                .isInstanceOfSatisfying(
                        InvalidResourceException.class, e -> assertThat(e.field()).isEqualTo(field))
                .hasMessageContaining(field + " " + value);
    }

    @Test
    void aLongValueIsCutInTheMessage() {
        String key = "x".repeat(5000);
        assertThatThrownBy(() -> decode(pod("a").putServices(key, PortList.getDefaultInstance())))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void fillsInWhatIstiodLeavesOut() throws Exception {
        Workload workload = decode(io.ztunnel.api.workload.Workload.newBuilder().setUid("u"));
        assertThat(workload.trustDomain()).isEqualTo("cluster.local");
        assertThat(workload.serviceAccount()).isEqualTo("default");
        assertThat(workload.clusterId()).isEqualTo("Kubernetes");
        assertThat(workload.workloadType()).isEqualTo("deployment");
        assertThat(workload.capacity()).isEqualTo(1);
        assertThat(workload.protocol()).isEqualTo(Workload.Protocol.TCP);
        assertThat(workload.status()).isEqualTo(Workload.Health.HEALTHY);
        assertThat(workload.waypoint()).isNull();
        assertThat(workload.applicationTunnel()).isNull();
    }

    @Test
    void takesEveryFieldOver() throws Exception {
        Workload workload =
                decode(
                        pod("a").setTrustDomain("td")
                                .setServiceAccount("sa")
                                .addAddresses(
                                        bytes(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))
                                .setNetwork("net")
                                .setNetworkMode(NetworkMode.HOST_NETWORK)
                                .setTunnelProtocol(TunnelProtocol.HBONE)
                                .setNativeTunnel(true)
                                .setWaypoint(
                                        GatewayAddress.newBuilder()
                                                .setHostname(
                                                        NamespacedHostname.newBuilder()
                                                                .setNamespace("wns")
                                                                .setHostname("wp.wns"))
                                                .setHboneMtlsPort(15008))
                                .setNetworkGateway(
                                        GatewayAddress.newBuilder()
                                                .setAddress(
                                                        NetworkAddress.newBuilder()
                                                                .setNetwork("other")
                                                                .setAddress(WireFixture.v4(9)))
                                                .setHboneMtlsPort(15009))
                                .setApplicationTunnel(
                                        ApplicationTunnel.newBuilder()
                                                .setProtocol(ApplicationTunnel.Protocol.PROXY)
                                                .setPort(1080))
                                .setClusterId("c2")
                                .setCanonicalName("cn")
                                .setCanonicalRevision("v1")
                                .setWorkloadType(WorkloadType.CRONJOB)
                                .setWorkloadName("wn")
                                .setHostname("h.example")
                                .setStatus(WorkloadStatus.UNHEALTHY)
                                .setLocality(
                                        Locality.newBuilder()
                                                .setRegion("r")
                                                .setZone("z")
                                                .setSubzone("s"))
                                .addAuthorizationPolicies("ns1/p")
                                .putServices(
                                        "ns1/s.ns1",
                                        PortList.newBuilder()
                                                .addPorts(
                                                        Port.newBuilder()
                                                                .setServicePort(80)
                                                                .setTargetPort(8080))
                                                .build())
                                .setCapacity(UInt32Value.of(7)));
        assertThat(workload.uid()).isEqualTo("c1//Pod/ns1/a");
        assertThat(workload.identity().toString()).isEqualTo("spiffe://td/ns/ns1/sa/sa");
        assertThat(workload.addresses())
                .containsExactly(IpAddress.parse("10.0.0.1"), IpAddress.parse("fd00::1"));
        assertThat(workload.network()).isEqualTo("net");
        assertThat(workload.networkMode()).isEqualTo(Workload.NetworkMode.HOST_NETWORK);
        assertThat(workload.protocol()).isEqualTo(Workload.Protocol.HBONE);
        assertThat(workload.nativeTunnel()).isTrue();
        assertThat(workload.waypoint())
                .hasToString("GatewayAddress[destination=wns/wp.wns, hbonePort=15008]");
        assertThat(workload.networkGateway())
                .hasToString("GatewayAddress[destination=other/10.0.0.9, hbonePort=15009]");
        assertThat(workload.applicationTunnel())
                .isEqualTo(
                        new Workload.ApplicationTunnel(
                                Workload.ApplicationTunnel.TunnelProtocol.PROXY, 1080));
        assertThat(workload.node()).isEqualTo("n1");
        assertThat(workload.clusterId()).isEqualTo("c2");
        assertThat(workload.canonicalName()).isEqualTo("cn");
        assertThat(workload.canonicalRevision()).isEqualTo("v1");
        assertThat(workload.workloadType()).isEqualTo("cronjob");
        assertThat(workload.workloadName()).isEqualTo("wn");
        assertThat(workload.hostname()).isEqualTo("h.example");
        assertThat(workload.status()).isEqualTo(Workload.Health.UNHEALTHY);
        assertThat(workload.locality()).isEqualTo(new Workload.Locality("r", "z", "s"));
        assertThat(workload.authorizationPolicies()).containsExactly("ns1/p");
        assertThat(workload.services()).hasToString("{ns1/s.ns1={80=8080}}");
        assertThat(workload.capacity()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"80, 8080, 80, 8080", "65536, 65537, 0, 1", "70000, -1, 4464, 65535"})
    void cutsPortsToSixteenBits(int service, int target, int servicePort, int targetPort)
            throws Exception {
        Workload workload =
                decode(
                        pod("a").putServices(
                                        "ns1/h",
                                        PortList.newBuilder()
                                                .addPorts(
                                                        Port.newBuilder()
                                                                .setServicePort(service)
                                                                .setTargetPort(target))
                                                .build()));
        assertThat(workload.services().values())
                .allSatisfy(
                        ports -> {
                            assertThat(ports.servicePort(0)).isEqualTo(servicePort);
                            assertThat(ports.targetPort(0)).isEqualTo(targetPort);
                        });
    }

    @Test
    void aCapacityOfZeroStaysAndAHugeOneIsTheLargest() throws Exception {
        assertThat(decode(pod("a").setCapacity(UInt32Value.of(0))).capacity()).isZero();
        assertThat(decode(pod("a").setCapacity(UInt32Value.of(-1))).capacity())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void whatIsForDisplayOnlyNeverRejects() throws Exception {
        assertThat(decode(pod("a").setWorkloadTypeValue(99)).workloadType())
                .isEqualTo("deployment");
        Workload workload =
                decode(
                        pod("a").putServices(
                                        "ns1/h",
                                        PortList.newBuilder()
                                                .addPorts(Port.newBuilder().setAppProtocolValue(77))
                                                .build()));
        assertThat(workload.services()).hasSize(1);
    }

    @Test
    void anIpv4MappedAddressIsTheIpv4One() throws Exception {
        Workload workload =
                decode(
                        pod("a").clearAddresses()
                                .addAddresses(
                                        bytes(
                                                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0,
                                                1)));
        assertThat(workload.addresses()).isEqualTo(List.of(IpAddress.parse("10.0.0.1")));
    }

    @Test
    void sharesWhatRepeats() throws Exception {
        Workload a = decode(pod("a").setNamespace(new String("shop")));
        Workload b = decode(pod("b").setNamespace(new String("shop")));
        assertThat(a.namespace()).isSameAs(b.namespace());
    }
}
