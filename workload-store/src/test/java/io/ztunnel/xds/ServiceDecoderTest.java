package io.ztunnel.xds;

import static io.ztunnel.xds.WireFixture.bytes;
import static io.ztunnel.xds.WireFixture.service;
import static io.ztunnel.xds.WireFixture.v4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.LoadBalancing;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.WeightedWaypoint;
import io.ztunnel.store.Service;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;

class ServiceDecoderTest {
    private static final ByteString V6 = bytes(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    private static final ByteString MAPPED =
            bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0);

    private final ServiceDecoder decoder = new ServiceDecoder(new FieldDecoder());

    interface Change extends UnaryOperator<io.ztunnel.api.workload.Service.Builder> {}

    private static Arguments row(String field, String value, Change change) {
        return Arguments.of(field, value, change);
    }

    private static NetworkAddress.Builder address(ByteString bytes) {
        return NetworkAddress.newBuilder().setAddress(bytes);
    }

    static Stream<Arguments> rejected() {
        return Stream.of(
                row("addresses[0]", "0x01", s -> s.addAddresses(address(bytes(1)))),
                row("addresses[0]", "0x01", s -> s.addAddresses(address(bytes(1)).setLength(8))),
                row(
                        "addresses[0]",
                        "10.0.0.1/33",
                        s -> s.addAddresses(address(v4(1)).setLength(33))),
                row(
                        "addresses[0]",
                        "10.0.0.1/4294967295",
                        s -> s.addAddresses(address(v4(1)).setLength(-1))),
                row("addresses[0]", "fd00::/129", s -> s.addAddresses(address(V6).setLength(129))),
                row(
                        "addresses[0]",
                        "10.0.0.0/8",
                        s -> s.addAddresses(address(MAPPED).setLength(8))),
                row(
                        "waypoint",
                        "without destination",
                        s -> s.setWaypoint(GatewayAddress.getDefaultInstance())),
                row(
                        "weighted_waypoints[0].destination",
                        "without destination",
                        s -> s.addWeightedWaypoints(WeightedWaypoint.newBuilder().setWeight(1))),
                row(
                        "load_balancing.mode",
                        "9",
                        s -> s.setLoadBalancing(LoadBalancing.newBuilder().setModeValue(9))),
                row(
                        "load_balancing.health_policy",
                        "3",
                        s ->
                                s.setLoadBalancing(
                                        LoadBalancing.newBuilder().setHealthPolicyValue(3))),
                row(
                        "load_balancing.routing_preference[1]",
                        "UNSPECIFIED_SCOPE",
                        s ->
                                s.setLoadBalancing(
                                        LoadBalancing.newBuilder()
                                                .addRoutingPreference(LoadBalancing.Scope.REGION)
                                                .addRoutingPreference(
                                                        LoadBalancing.Scope.UNSPECIFIED_SCOPE))),
                row(
                        "load_balancing.routing_preference[0]",
                        "8",
                        s ->
                                s.setLoadBalancing(
                                        LoadBalancing.newBuilder().addRoutingPreferenceValue(8))),
                row("ip_families", "6", s -> s.setIpFamiliesValue(6)));
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectsAndNamesTheFieldAndItsValue(String field, String value, Change change) {
        assertThatThrownBy(() -> decoder.decode(change.apply(service("h")).build()))
                .isInstanceOfSatisfying(
                        InvalidResourceException.class, e -> assertThat(e.field()).isEqualTo(field))
                .hasMessageContaining(field + " " + value);
    }

    @Test
    void tellsVipsFromBlocks() throws Exception {
        Service service =
                decoder.decode(
                        service("h")
                                .addAddresses(address(v4(1)).setNetwork("net"))
                                .addAddresses(address(v4(2)).setLength(32))
                                .addAddresses(address(v4(3)).setLength(24))
                                .addAddresses(address(V6).setLength(128))
                                .addAddresses(address(V6).setLength(64))
                                .addAddresses(address(v4(0)).setLength(0))
                                .addAddresses(address(MAPPED).setLength(104))
                                .build());
        assertThat(service.vips())
                .extracting(Object::toString)
                .containsExactly("net/10.0.0.1", "/10.0.0.2", "/fd00::");
        assertThat(service.cidrVips())
                .extracting(vip -> vip.cidr().toString())
                .containsExactly("10.0.0.3/24", "fd00::/64", "10.0.0.0/0", "10.0.0.0/8");
    }

    @Test
    void takesEveryFieldOver() throws Exception {
        GatewayAddress.Builder gateway =
                GatewayAddress.newBuilder().setAddress(address(v4(7))).setHboneMtlsPort(15008);
        Service service =
                decoder.decode(
                        service("h.ns1")
                                .addPorts(Port.newBuilder().setServicePort(80))
                                .addPorts(Port.newBuilder().setServicePort(443).setTargetPort(8443))
                                .addSubjectAltNames("spiffe://td/ns/a/sa/b")
                                .setWaypoint(gateway)
                                .addWeightedWaypoints(
                                        WeightedWaypoint.newBuilder()
                                                .setDestination(gateway)
                                                .setWeight(30))
                                .setLoadBalancing(
                                        LoadBalancing.newBuilder()
                                                .addRoutingPreference(LoadBalancing.Scope.NETWORK)
                                                .addRoutingPreference(LoadBalancing.Scope.REGION)
                                                .setMode(LoadBalancing.Mode.FAILOVER)
                                                .setHealthPolicy(
                                                        LoadBalancing.HealthPolicy.ALLOW_ALL))
                                .setIpFamilies(IPFamilies.IPV6_ONLY)
                                .setCanonical(true)
                                .setVisibility(io.ztunnel.api.workload.Service.Visibility.NAMESPACE)
                                .build());
        assertThat(service.key().toString()).isEqualTo("ns1/h.ns1");
        assertThat(service.name()).isEqualTo("s");
        assertThat(service.ports()).hasToString("{80=0, 443=8443}");
        assertThat(service.subjectAltNames()).containsExactly("spiffe://td/ns/a/sa/b");
        assertThat(service.waypoint())
                .hasToString("GatewayAddress[destination=/10.0.0.7, hbonePort=15008]");
        assertThat(service.weightedWaypoints()).singleElement().matches(w -> w.weight() == 30);
        assertThat(service.loadBalancing())
                .isEqualTo(
                        new Service.LoadBalancing(
                                java.util.List.of(
                                        Service.LoadBalancing.Scope.NETWORK,
                                        Service.LoadBalancing.Scope.REGION),
                                Service.LoadBalancing.Mode.FAILOVER,
                                Service.LoadBalancing.HealthPolicy.ALLOW_ALL));
        assertThat(service.ipFamilies()).isEqualTo(Service.IpFamilies.IPV6_ONLY);
        assertThat(service.canonical()).isTrue();
        assertThat(service.visibility()).isEqualTo(Service.Visibility.NAMESPACE);
    }

    @Test
    void anUnknownVisibilityIsPublicAndNoLoadBalancingStaysNone() throws Exception {
        Service service = decoder.decode(service("h").setVisibilityValue(5).build());
        assertThat(service.visibility()).isEqualTo(Service.Visibility.PUBLIC);
        assertThat(service.loadBalancing()).isNull();
    }

    @Test
    void anEmptyLoadBalancingIsTheStandardOne() throws Exception {
        Service service =
                decoder.decode(
                        service("h").setLoadBalancing(LoadBalancing.getDefaultInstance()).build());
        assertThat(service.loadBalancing())
                .isNotNull()
                .extracting(Service.LoadBalancing::mode)
                .isEqualTo(Service.LoadBalancing.Mode.STANDARD);
    }
}
