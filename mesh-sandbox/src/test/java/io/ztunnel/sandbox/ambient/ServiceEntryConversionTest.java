package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.AppProtocol;
import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Service;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class ServiceEntryConversionTest {
    private static String entry(String metadata, String spec, String status) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: se, namespace: ns%s}
        spec: %s
        status: %s
        """
                .formatted(metadata, spec, status);
    }

    private static AmbientSnapshot build(String metadata, String spec, String status) {
        return Mesh.of(entry(metadata, spec, status)).build();
    }

    private static Service convert(String spec) {
        return Mesh.hostService(build("", spec, "{}"), "ns", "a.x");
    }

    private static String shown(NetworkAddress address) {
        try {
            String ip =
                    InetAddress.getByAddress(address.getAddress().toByteArray()).getHostAddress();
            return ip + (address.hasLength() ? "/" + address.getLength() : "");
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static String addresses(Service service) {
        return String.join(
                " ",
                service.getAddressesList().stream()
                        .map(ServiceEntryConversionTest::shown)
                        .toList());
    }

    @Test
    void everyHostIsAServiceOfTheEntrysName() {
        AmbientSnapshot snapshot =
                build(
                        "",
                        "{hosts: [a.x, '*.b.x', a.x], addresses: [10.9.9.9], resolution: STATIC,"
                            + " location: MESH_EXTERNAL, exportTo: [.], subjectAltNames: [s1, s2],"
                            + " ports: [{number: 80, name: http, protocol: HTTP}, {number: 443,"
                            + " name: tls, protocol: TLS, targetPort: 8443}]}",
                        "{}");

        assertThat(snapshot.addresses().keySet()).containsExactly("ns/*.b.x", "ns/a.x");
        Service service = Mesh.hostService(snapshot, "ns", "a.x");
        assertThat(service.getName()).isEqualTo("se");
        assertThat(service.getSubjectAltNamesList()).containsExactly("s1", "s2");
        assertThat(service.getIpFamilies()).isEqualTo(IPFamilies.AUTOMATIC);
        assertThat(service.getVisibility()).isEqualTo(Service.Visibility.PUBLIC);
        assertThat(service.getCanonical()).isTrue();
        assertThat(addresses(service)).isEqualTo("10.9.9.9");
        assertThat(service.getPortsList())
                .extracting(
                        p ->
                                p.getServicePort()
                                        + ":"
                                        + p.getTargetPort()
                                        + " "
                                        + p.getAppProtocol())
                .containsExactly("80:80 HTTP11", "443:8443 TLS");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "HTTP, HTTP11",
        "http, HTTP11",
        "HTTP2, HTTP2",
        "GRPC, GRPC",
        "HTTPS, TLS",
        "TLS, TLS",
        "TCP, TCP",
        "http-web, UNKNOWN",
        "GRPC-WEB, UNKNOWN",
        "MONGO, UNKNOWN",
        "UDP, UNKNOWN",
        "'', UNKNOWN"
    })
    void theProtocolIsTheWholeText(String protocol, AppProtocol expected) {
        // 3306 is guessed for Kubernetes Services only.
        Service service =
                convert(
                        "{hosts: [a.x], ports: [{number: 3306, name: http, protocol: '%s'}]}"
                                .formatted(protocol));

        assertThat(service.getPorts(0).getAppProtocol()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "[10.0.0.5/24] | 10.0.0.0/24",
                "[10.0.0.5/32] | 10.0.0.5",
                "[10.0.0.5/0] | 0.0.0.0/0",
                "[10.9.9.9, 'fd00::ff/112'] | 10.9.9.9 fd00:0:0:0:0:0:0:0/112",
                "['fd00::1/128'] | fd00:0:0:0:0:0:0:1"
            })
    void blocksAreMaskedAndSingleAddressesHaveNoLength(String written, String expected) {
        assertThat(addresses(convert("{hosts: [a.x], addresses: " + written + "}")))
                .isEqualTo(expected);
    }

    @Test
    void oneBadAddressCostsTheEntryAllItsHostsAndIsSaid() {
        // The loader would refuse it; the index does not depend on that.
        Mesh mesh = Mesh.of("");
        Mesh.of(entry("", "{hosts: [a.x, b.x], addresses: [10.0.0.1]}", "{}"))
                .objects()
                .forEach(
                        o ->
                                mesh.add(
                                        o.with(
                                                edit ->
                                                        edit.set(
                                                                List.of("10.0.0.1", "10.0.0.1/33"),
                                                                "spec",
                                                                "addresses"))));
        AmbientSnapshot snapshot = mesh.build();

        assertThat(snapshot.addresses()).isEmpty();
        assertThat(snapshot.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("10.0.0.1/33"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | {hosts: [a.x], resolution: DNS} | 240.240.0.1 2001:2:0:0:0:0:0:1",
                "'' | {hosts: [a.x], resolution: STATIC} | 240.240.0.1 2001:2:0:0:0:0:0:1",
                "'' | {hosts: [a.x], resolution: DNS, addresses: [10.9.9.9]} | 10.9.9.9",
                "'' | {hosts: [a.x], resolution: NONE} | ''",
                "'' | {hosts: ['*.x'], resolution: DNS} | ''",
                "'' | {hosts: ['*.x'], resolution: DYNAMIC_DNS} | 240.240.0.9",
                "', labels: {networking.istio.io/enable-autoallocate-ip: \"False\"}' | {hosts:"
                        + " [a.x], resolution: DNS} | ''"
            })
    void allocatedAddressesAreTakenByTheirHost(String metadata, String spec, String expected) {
        AmbientSnapshot snapshot =
                build(
                        metadata,
                        spec,
                        "{addresses: [{value: 240.240.0.1, host: a.x}, {value: '2001:2::1', host:"
                            + " a.x}, {value: 240.240.0.9, host: '*.x'}, {value: 240.240.0.8}]}");

        assertThat(snapshot.addresses().values())
                .filteredOn(r -> r.message().hasService())
                .singleElement()
                .satisfies(
                        r -> assertThat(addresses(r.message().getService())).isEqualTo(expected));
    }

    @Test
    void allocatedAddressesNeedTheFeature() {
        MeshSettings off =
                MeshSettings.DEFAULT.withFeatures(
                        Features.of(Map.of("PILOT_ENABLE_IP_AUTOALLOCATE", "false")));
        String entry =
                entry(
                        "",
                        "{hosts: [a.x], resolution: DNS}",
                        "{addresses: [{value: 240.240.0.1, host: a.x}]}");

        assertThat(addresses(Mesh.hostService(Mesh.of(entry).build(off), "ns", "a.x"))).isEmpty();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "NONE | PreferClose | '' | PASSTHROUGH ALLOW_ALL []",
                "'' | '' | '' | PASSTHROUGH ALLOW_ALL []",
                "DNS | PreferClose | PreferSameNode | FAILOVER ONLY_HEALTHY [NETWORK, REGION,"
                        + " ZONE]",
                "STATIC | '' | PreferSameNode | FAILOVER ONLY_HEALTHY [NETWORK, REGION, ZONE,"
                        + " SUBZONE, NODE]",
                "STATIC | Any | PreferSameNode | none",
                "STATIC | '' | '' | none"
            })
    void loadBalancing(String resolution, String own, String namespace, String expected) {
        String key = "networking.istio.io/traffic-distribution";
        String spec = resolution.isEmpty() ? "{hosts: [a.x]}" : "{hosts: [a.x], resolution: R}";
        Service service =
                Mesh.hostService(
                        Mesh.of(
                                        """
                                        apiVersion: v1
                                        kind: Namespace
                                        metadata: {name: ns, annotations: {%s: '%s'}}
                                        """
                                                        .formatted(key, namespace)
                                                + entry(
                                                        ", annotations: {"
                                                                + key
                                                                + ": '"
                                                                + own
                                                                + "'}",
                                                        spec.replace("R}", resolution + "}"),
                                                        "{}"))
                                .build(),
                        "ns",
                        "a.x");
        String shown =
                service.hasLoadBalancing()
                        ? service.getLoadBalancing().getMode()
                                + " "
                                + service.getLoadBalancing().getHealthPolicy()
                                + " "
                                + service.getLoadBalancing().getRoutingPreferenceList()
                        : "none";

        assertThat(shown).isEqualTo(expected);
    }

    private static Optional<LabelSelector> team(String value) {
        return Optional.of(
                LabelSelector.of(new Tree(Map.of("matchLabels", Map.of("team", value)))));
    }

    @ParameterizedTest(name = "namespace of team {0}")
    @CsvSource({
        "a, NAMESPACE, false, Namespace",
        "b, none, false, none",
        "c, PUBLIC, true, Public",
        "d, PUBLIC, true, Public"
    })
    void visibilityFollowsTheFirstPolicyThatMatchesTheNamespace(
            String team, String expected, boolean canonical, String reason) {
        var visibility = ServiceEntryVisibility.Visibility.NAMESPACE;
        MeshSettings settings =
                MeshSettings.DEFAULT.with(
                        "istio-system",
                        List.of(),
                        new ServiceEntryVisibility(
                                true,
                                ServiceEntryVisibility.Visibility.PUBLIC,
                                List.of(
                                        new ServiceEntryVisibility.Policy(
                                                visibility, List.of(team("a"))),
                                        new ServiceEntryVisibility.Policy(
                                                ServiceEntryVisibility.Visibility.NONE,
                                                List.of(team("b"))),
                                        // all rules must match, and an unknown one never does
                                        new ServiceEntryVisibility.Policy(
                                                visibility, List.of(team("c"), team("d"))),
                                        new ServiceEntryVisibility.Policy(
                                                visibility, List.of(Optional.empty())))));
        AmbientSnapshot snapshot =
                Mesh.of(entry("", "{hosts: [a.x], endpoints: [{address: 10.1.1.1}]}", "{}"))
                        .namespace("ns", "team=" + team)
                        .build(settings);

        if (expected.equals("none")) {
            assertThat(snapshot.addresses()).isEmpty();
            assertThat(snapshot.conditions()).isEmpty();
        } else {
            Service service = Mesh.hostService(snapshot, "ns", "a.x");
            assertThat(service.getVisibility().name()).isEqualTo(expected);
            assertThat(service.getCanonical()).isEqualTo(canonical);
            assertThat(Mesh.conditions(snapshot))
                    .containsExactly("istio.io/VisibilityApplied true " + reason);
        }
    }

    @Test
    void aPolicyWithoutRulesMatchesEveryNamespace() {
        var all =
                ServiceEntryVisibility.of(
                        new Tree(Map.of("policies", List.of(Map.of("visibility", "NONE")))));

        assertThat(all.in(Map.of())).isEqualTo(ServiceEntryVisibility.Visibility.NONE);
    }

    @Test
    void anEntryOfAnotherRevisionIsNotSeen() {
        MeshSettings d = MeshSettings.DEFAULT;
        MeshSettings stable =
                new MeshSettings(
                        d.clusterId(),
                        d.clusterDomain(),
                        d.trustDomain(),
                        d.rootNamespace(),
                        d.systemNamespace(),
                        "stable",
                        d.discoverySelectors(),
                        d.serviceEntryVisibility(),
                        d.features());
        String yaml = entry(", labels: {istio.io/rev: canary}", "{hosts: [a.x]}", "{}");

        assertThat(Mesh.of(yaml).build(stable).addresses()).isEmpty();
        assertThat(Mesh.of(yaml.replace("canary", "stable")).build(stable).addresses()).hasSize(1);
        assertThat(Mesh.of(yaml).build().addresses()).hasSize(1);
    }
}
