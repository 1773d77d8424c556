package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ztunnel.api.workload.ApplicationTunnel;
import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.WeightedWaypoint;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class WaypointEnrolmentTest {
    private static final String USE = "istio.io/use-waypoint";
    private static final String FOR = "istio.io/waypoint-for";
    private static final String ALL = "{namespaces: {from: All}}";

    /**
     * Namespace labels, waypoint labels, Service labels; waypoint (or none) and condition (or
     * none).
     */
    static Stream<Arguments> services() {
        String infra = USE + "=wp2, " + USE + "-namespace=infra";
        return Stream.of(
                arguments("own label", "", "", USE + "=wp", "bk/wp", "WaypointAccepted"),
                arguments("opt out", USE + "=wp", "", USE + "=none", "", ""),
                arguments("opted out namespace", USE + "=none", "", "", "", ""),
                arguments("no fallback", USE + "=wp", "", USE + "=ghost", "", "WaypointIsNotReady"),
                arguments("empty name", USE + "=wp", "", USE + "=", "", "WaypointIsNotReady"),
                arguments("inherited", USE + "=wp", "", "", "bk/wp", "WaypointAccepted"),
                arguments(
                        "namespace override is not inherited",
                        infra,
                        "",
                        USE + "=wp",
                        "bk/wp",
                        "WaypointAccepted"),
                arguments(
                        "override alone is no label",
                        infra,
                        "",
                        USE + "-namespace=zzz",
                        "infra/wp2",
                        "WaypointAccepted"),
                arguments("other namespace", infra, "", "", "infra/wp2", "WaypointAccepted"),
                arguments(
                        "for workloads only",
                        USE + "=wp",
                        FOR + "=workload",
                        "",
                        "",
                        "UnsupportedTrafficType"),
                arguments(
                        "junk type", USE + "=wp", FOR + "=junk", "", "", "UnsupportedTrafficType"),
                arguments("for all", USE + "=wp", FOR + "=all", "", "bk/wp", "WaypointAccepted"),
                arguments(
                        "made by the mesh controller",
                        USE + "=wp",
                        "",
                        "gateway.istio.io/managed=istio.io-mesh-controller",
                        "",
                        ""),
                arguments(
                        "made by the east-west controller",
                        USE + "=wp",
                        "",
                        "gateway.istio.io/managed=istio.io-eastwest-controller",
                        "",
                        ""),
                arguments(
                        "made by another controller",
                        USE + "=wp",
                        "",
                        "gateway.istio.io/managed=istio.io-agentgateway-waypoint-controller",
                        "bk/wp",
                        "WaypointAccepted"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("services")
    void services(
            String name,
            String namespaceLabels,
            String waypointLabels,
            String serviceLabels,
            String waypoint,
            String reason) {
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .namespace("bk", namespaceLabels)
                        .namespace("infra", "")
                        .waypoint("bk", "wp", waypointLabels, "")
                        .waypoint("infra", "wp2", "", ALL)
                        .service("bk", "svc", serviceLabels)
                        .build();

        assertThat(key(Mesh.service(snapshot, "bk", "svc").getWaypoint())).isEqualTo(waypoint);
        assertThat(reasons(snapshot)).isEqualTo(reason.isEmpty() ? List.of() : List.of(reason));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            emptyValue = "",
            value = {
                "a namespace's service waypoint   | istio.io/use-waypoint=wp | '' | '' | ''",
                "a label of its own on a service waypoint | '' | '' | istio.io/use-waypoint=wp |"
                        + " ''",
                "a label of its own, for all      | '' | all | istio.io/use-waypoint=wp | bk/wp",
                "a label of its own, for workload | '' | workload | istio.io/use-waypoint=wp |"
                        + " bk/wp",
                "inherited, for all               | istio.io/use-waypoint=wp | all | '' | bk/wp",
                "opted out                        | istio.io/use-waypoint=wp | all |"
                        + " istio.io/use-waypoint=none | ''",
                "an instance of the waypoint      | istio.io/use-waypoint=wp | all |"
                        + " gateway.networking.k8s.io/gateway-name=wp | ''",
                "an instance of something else    | istio.io/use-waypoint=wp | all |"
                        + " gateway.networking.k8s.io/gateway-name=gw | bk/wp"
            })
    void pods(
            String name,
            String namespaceLabels,
            String waypointFor,
            String podLabels,
            String waypoint) {
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .namespace("bk", namespaceLabels)
                        .waypoint(
                                "bk",
                                "wp",
                                waypointFor.isEmpty() ? "" : FOR + "=" + waypointFor,
                                "")
                        .pod("bk", "pod", podLabels)
                        .build();

        assertThat(key(Mesh.workload(snapshot, "bk", "pod").getWaypoint())).isEqualTo(waypoint);
        assertThat(snapshot.conditions()).isEmpty();
    }

    @Test
    void aPodWhoseOwnLabelHasNoEffectIsAWarningNotACondition() {
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .namespace("bk", "")
                        .waypoint("bk", "wp", "", "")
                        .pod("bk", "pod", USE + "=wp")
                        .build();

        assertThat(snapshot.conditions()).isEmpty();
        assertThat(snapshot.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("bk/wp", "not for workloads"));
    }

    /** allowedRoutes of infra/wp, namespace of the Service, whether it is bound. */
    static Stream<Arguments> allowedRoutes() {
        String in =
                "matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values:"
                        + " [bk]}]";
        String labels = "matchLabels: {kubernetes.io/metadata.name: bk}";
        return Stream.of(
                arguments("{}", "infra", true),
                arguments("{}", "bk", false),
                arguments("{namespaces: {from: Same}}", "bk", false),
                arguments("{namespaces: {from: None}}", "infra", true),
                arguments(ALL, "bk", true),
                arguments("{namespaces: {from: Selector, selector: {" + in + "}}}", "bk", true),
                arguments("{namespaces: {from: Selector, selector: {" + in + "}}}", "other", false),
                arguments("{namespaces: {from: Selector, selector: {" + labels + "}}}", "bk", true),
                arguments(
                        "{namespaces: {from: Selector, selector: {" + labels + "}}}",
                        "infra",
                        false),
                arguments("{namespaces: {from: Selector}}", "bk", false),
                arguments("{namespaces: {from: Selector, selector: {}}}", "bk", true));
    }

    @ParameterizedTest(name = "{0} and namespace {1}")
    @MethodSource("allowedRoutes")
    void theListenerDecidesWhoMayAttach(String allowedRoutes, String namespace, boolean bound) {
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .namespace("bk", "")
                        .namespace("infra", "")
                        .namespace("other", "")
                        .waypoint("infra", "wp", "", allowedRoutes)
                        .service(namespace, "svc", USE + "=wp, " + USE + "-namespace=infra")
                        .build();

        assertThat(Mesh.service(snapshot, namespace, "svc").hasWaypoint()).isEqualTo(bound);
        assertThat(reasons(snapshot))
                .containsExactly(bound ? "WaypointAccepted" : "AttachmentDenied");
    }

    @Test
    void onlyTheFirstListenerForHboneCountsAndWithoutOneItIsSame() {
        String listeners =
                """
                - {name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
                - {name: b, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: Same}}}
                - {name: c, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}
                """;
        Mesh first = gateway("istio-waypoint", listeners, "");
        Mesh none = gateway("istio-waypoint", listeners.lines().findFirst().orElseThrow(), "");

        for (Mesh mesh : List.of(first, none)) {
            AmbientSnapshot snapshot =
                    mesh.namespace("bk", "")
                            .namespace("infra", "")
                            .service("bk", "far", USE + "=wp, " + USE + "-namespace=infra")
                            .service("infra", "near", USE + "=wp")
                            .build();
            assertThat(Mesh.service(snapshot, "bk", "far").hasWaypoint()).isFalse();
            assertThat(Mesh.service(snapshot, "infra", "near").hasWaypoint()).isTrue();
        }
    }

    @Test
    void theClassGivesTheTypeUnlessTheGatewayHasItsOwn() {
        String gatewayClass =
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: istio-waypoint, labels: {istio.io/waypoint-for: all}}
                spec: {controllerName: istio.io/mesh-controller}
                """;

        AmbientSnapshot fromClass =
                Mesh.of(gatewayClass)
                        .namespace("bk", USE + "=wp")
                        .waypoint("bk", "wp", "", "")
                        .pod("bk", "pod", "")
                        .build();
        AmbientSnapshot own =
                Mesh.of(gatewayClass)
                        .namespace("bk", USE + "=wp")
                        .waypoint("bk", "wp", FOR + "=service", "")
                        .pod("bk", "pod", "")
                        .build();

        assertThat(Mesh.workload(fromClass, "bk", "pod").hasWaypoint()).isTrue();
        assertThat(Mesh.workload(own, "bk", "pod").hasWaypoint()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{type: IPAddress, value: 10.4.0.7}] | 10.4.0.7",
                "[{type: IPAddress, value: 10.4.0.7}, {type: Hostname, value: h}] | infra/h",
                "[{type: IPAddress, value: nonsense}, {type: IPAddress, value: 10.4.0.7}] |"
                        + " 10.4.0.7",
                "[{value: 10.4.0.7}] | ''"
            })
    void aHostnameGoesBeforeAnAddressAndNoTypeIsNoAddress(String addresses, String expected) {
        AmbientSnapshot snapshot =
                gateway("istio-waypoint", "- {name: m, port: 15008, protocol: HBONE}", addresses)
                        .namespace("infra", "")
                        .service("infra", "svc", USE + "=wp")
                        .build();
        GatewayAddress address = Mesh.service(snapshot, "infra", "svc").getWaypoint();

        assertThat(shown(address)).isEqualTo(expected);
        assertThat(address.getHboneMtlsPort()).isEqualTo(expected.isEmpty() ? 0 : 15008);
        assertThat(reasons(snapshot)).containsExactly("WaypointAccepted");
    }

    @Test
    void aGatewayWithoutAddressIsNotReady() {
        KubeObject gateway =
                Mesh.of("")
                        .waypoint("bk", "wp", "", "")
                        .objects()
                        .getFirst()
                        .with(edit -> edit.remove("status"));
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .add(gateway)
                        .namespace("bk", USE + "=wp")
                        .service("bk", "svc", "")
                        .build();

        assertThat(reasons(snapshot)).containsExactly("WaypointIsNotReady");
    }

    @Test
    void anyGatewayWithAnAddressCanBeUsedWhateverItsClass() {
        AmbientSnapshot snapshot =
                gateway("istio", "- {name: http, port: 80, protocol: HTTP}", "")
                        .namespace("infra", USE + "=wp")
                        .service("infra", "svc", "")
                        .build();

        assertThat(Mesh.service(snapshot, "infra", "svc").hasWaypoint()).isTrue();
        assertThat(snapshot.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.field()).isEqualTo("spec.gatewayClassName"));
    }

    @Test
    void aCapturedWaypointTakesItsTrafficThroughAnApplicationTunnel() {
        AmbientSnapshot snapshot =
                Mesh.of(
                                """
                                apiVersion: gateway.networking.k8s.io/v1
                                kind: GatewayClass
                                metadata:
                                  name: istio-waypoint
                                  annotations: {ambient.istio.io/waypoint-inbound-binding: PROXY/15088}
                                spec: {controllerName: istio.io/mesh-controller}
                                """)
                        .namespace("bk", "")
                        .waypoint("bk", "g", "", "")
                        .pod("bk", "pod", "gateway.networking.k8s.io/gateway-name=g")
                        .build();

        assertThat(Mesh.workload(snapshot, "bk", "pod").getApplicationTunnel())
                .isEqualTo(
                        ApplicationTunnel.newBuilder()
                                .setProtocol(ApplicationTunnel.Protocol.PROXY)
                                .setPort(15088)
                                .build());
    }

    @ParameterizedTest
    @CsvSource({
        "PROXY, PROXY:0",
        "PROXY/15088, PROXY:15088",
        "NONE/80, NONE:80",
        "PROXY/x, PROXY:0",
        "proxy, ''",
        "PROXY/1/2, ''",
        "TLS, ''"
    })
    void inboundBindings(String text, String expected) {
        assertThat(InboundBinding.parse(text).map(b -> b.protocol() + ":" + b.port()).orElse(""))
                .isEqualTo(expected);
    }

    /** Namespace labels and weight, Service labels and weight; destinations with weights. */
    static Stream<Arguments> canaries() {
        String both = USE + "=wp, " + USE + "-canary=wp2";
        return Stream.of(
                arguments("", "", both, "5", "bk/wp 95, bk/wp2 5", ""),
                arguments("", "", both, "", "bk/wp 100, bk/wp2 0", ""),
                arguments("", "", both, "x", "", "CanaryInvalidWeight"),
                arguments("", "", both, "101", "", "CanaryInvalidWeight"),
                arguments(both, "5", "", "", "bk/wp 95, bk/wp2 5", ""),
                arguments(both, "5", "", "7", "bk/wp 93, bk/wp2 7", ""),
                arguments(both, "5", USE + "=wp", "", "", ""),
                arguments(
                        "", "", USE + "=wp, " + USE + "-canary=wp", "5", "", "CanarySameAsPrimary"),
                arguments(
                        "", "", USE + "=wp, " + USE + "-canary=no", "5", "", "WaypointIsNotReady"),
                arguments("", "", USE + "=wp, " + USE + "-canary=none", "5", "", ""),
                arguments(
                        "",
                        "",
                        both + ", " + USE + "-canary-namespace=infra",
                        "5",
                        "",
                        "AttachmentDenied"));
    }

    @ParameterizedTest
    @MethodSource("canaries")
    void aCanaryTakesItsShareAndAnErrorLeavesThePrimaryAlone(
            String namespaceLabels,
            String namespaceWeight,
            String serviceLabels,
            String serviceWeight,
            String weighted,
            String error) {
        Mesh mesh =
                Mesh.of("")
                        .namespace("bk", namespaceLabels)
                        .namespace("infra", "")
                        .waypoint("bk", "wp", "", "")
                        .waypoint("bk", "wp2", "", "")
                        .waypoint("infra", "wp2", "", "")
                        .service("bk", "svc", serviceLabels);
        Mesh annotated = Mesh.of("");
        for (KubeObject object : mesh.objects()) {
            String weight =
                    switch (object.name()) {
                        case "bk" -> namespaceWeight;
                        case "svc" -> serviceWeight;
                        default -> "";
                    };
            annotated.add(
                    weight.isEmpty()
                            ? object
                            : object.with(
                                    edit ->
                                            edit.set(
                                                    weight,
                                                    "metadata",
                                                    "annotations",
                                                    USE + "-canary-weight")));
        }
        AmbientSnapshot snapshot = annotated.build();
        var service = Mesh.service(snapshot, "bk", "svc");

        assertThat(key(service.getWaypoint())).isEqualTo("bk/wp");
        assertThat(
                        String.join(
                                ", ",
                                service.getWeightedWaypointsList().stream()
                                        .map(WaypointEnrolmentTest::shown)
                                        .toList()))
                .isEqualTo(weighted);
        assertThat(snapshot.conditions())
                .singleElement()
                .satisfies(c -> assertThat(c.status()).isTrue())
                .satisfies(c -> assertThat(c.message()).contains(error));
        assertThat(snapshot.conditions().getFirst().message().contains("canary:"))
                .isEqualTo(!error.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"t, true", "True, true", "false, false", "yes, false"})
    void ingressGatewaysAreToldInGoBooleans(String label, boolean expected) {
        AmbientSnapshot snapshot =
                Mesh.of("")
                        .namespace("bk", USE + "=wp, istio.io/ingress-use-waypoint=" + label)
                        .waypoint("bk", "wp", "", "")
                        .service("bk", "svc", "")
                        .service("bk", "own", "istio.io/ingress-use-waypoint=true")
                        .build();

        assertThat(Mesh.service(snapshot, "bk", "svc").getIngressUseWaypoint()).isEqualTo(expected);
        assertThat(Mesh.service(snapshot, "bk", "own").getIngressUseWaypoint()).isTrue();
    }

    @Test
    void aNamespaceThatNoSelectorFindsIsInvisibleWithItsWaypoint() {
        var selector =
                LabelSelector.of(
                        new Tree(Map.of("matchLabels", Map.of("istio-discovery", "enabled"))));
        MeshSettings settings = MeshSettings.DEFAULT.withDiscoverySelectors(List.of(selector));
        String labels = USE + "=wp, " + USE + "-namespace=infra, istio-discovery=enabled";

        AmbientSnapshot hidden = discovery("", labels).build(settings);
        AmbientSnapshot seen = discovery("istio-discovery=enabled", labels).build(settings);

        assertThat(reasons(hidden)).containsExactly("WaypointIsNotReady");
        assertThat(Mesh.findService(hidden, "infra", "other")).isEmpty();
        assertThat(Mesh.service(seen, "bk", "svc").hasWaypoint()).isTrue();
        assertThat(Mesh.findService(seen, "infra", "other")).isPresent();
    }

    private static Mesh discovery(String infraLabels, String labels) {
        return Mesh.of("")
                .namespace("infra", infraLabels)
                .namespace("bk", labels)
                .waypoint("infra", "wp", "", ALL)
                .service("infra", "other", "")
                .service("bk", "svc", "");
    }

    private static Mesh gateway(String gatewayClass, String listeners, String addresses) {
        return Mesh.of(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: wp, namespace: infra}
                spec:
                  gatewayClassName: %s
                  listeners:
                %s
                status: {addresses: %s}
                """
                        .formatted(
                                gatewayClass,
                                listeners.indent(2).stripTrailing(),
                                addresses.isEmpty() ? "[{type: Hostname, value: h}]" : addresses));
    }

    private static List<String> reasons(AmbientSnapshot snapshot) {
        return snapshot.conditions().stream().map(Condition::reason).toList();
    }

    private static String shown(WeightedWaypoint waypoint) {
        return key(waypoint.getDestination()) + " " + waypoint.getWeight();
    }

    private static String shown(GatewayAddress address) {
        return switch (address.getDestinationCase()) {
            case HOSTNAME ->
                    address.getHostname().getNamespace()
                            + "/"
                            + address.getHostname().getHostname();
            case ADDRESS -> {
                byte[] b = address.getAddress().getAddress().toByteArray();
                yield b[0] + "." + b[1] + "." + b[2] + "." + b[3];
            }
            case DESTINATION_NOT_SET -> "";
        };
    }

    /** {@code namespace/name} of the hostname form. */
    private static String key(GatewayAddress address) {
        String hostname = address.getHostname().getHostname();
        return hostname.isEmpty()
                ? ""
                : address.getHostname().getNamespace()
                        + "/"
                        + hostname.substring(0, hostname.indexOf('.'));
    }
}
