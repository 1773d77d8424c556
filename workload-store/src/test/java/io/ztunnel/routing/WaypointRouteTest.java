package io.ztunnel.routing;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestMesh.byHostname;
import static io.ztunnel.routing.TestMesh.byService;
import static io.ztunnel.routing.TestRoutes.authority;
import static io.ztunnel.routing.TestRoutes.client;
import static io.ztunnel.routing.TestRoutes.hop;
import static io.ztunnel.routing.TestRoutes.principals;
import static io.ztunnel.routing.TestRoutes.refused;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service.IpFamilies;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@DisplayName("With a waypoint")
class WaypointRouteTest {
    private static final GatewayAddress BY_SERVICE = byService("waypoint");

    private final TestRoutes routes = new TestRoutes();

    /** A waypoint as istiod describes one: a pod that speaks no tunnel, behind a service. */
    private static TestMesh meshWithWaypoint() {
        return new TestMesh()
                .with(
                        client(),
                        workload("waypoint-pod", "10.0.0.9")
                                .account("waypoint")
                                .hostname("waypoint.by.name")
                                .serves("waypoint"))
                .with(service("waypoint", "10.1.0.9").port(15008, 15008).port(15021, 15021));
    }

    @Test
    @DisplayName("service traffic goes to the service's waypoint, authority as dialled")
    void serviceWaypoint() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(workload("server", "10.0.0.2").hbone().serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080).waypoint(BY_SERVICE));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.Hbone(
                                hop("10.0.0.9:15008"),
                                authority("10.1.0.1:80"),
                                List.of(mesh.workloadNamed("waypoint-pod").identity()),
                                mesh.workloadNamed("waypoint-pod"),
                                mesh.serviceNamed("web")));
    }

    @Test
    @DisplayName("the port is not checked against the service before its waypoint")
    void serviceWaypointUnlistedPort() {
        TestMesh mesh = meshWithWaypoint().with(service("web", "10.1.0.1").waypoint(BY_SERVICE));

        assertThat(routes.tunnel(mesh, "10.1.0.1:9999").authority())
                .isEqualTo(authority("10.1.0.1:9999"));
    }

    @Test
    @DisplayName("a passthrough service still goes to its waypoint")
    void passthroughServiceWithWaypoint() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 80)
                                        .balancing(Mode.PASSTHROUGH)
                                        .waypoint(BY_SERVICE));

        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
    }

    @Test
    @DisplayName("service traffic ignores the endpoint's own waypoint")
    void serviceTrafficIgnoresTheEndpointsOwnWaypoint() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(
                                workload("server", "10.0.0.2")
                                        .hbone()
                                        .waypoint(BY_SERVICE)
                                        .serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.2:15008"));
    }

    @Test
    @DisplayName("pod traffic ignores the service's waypoint")
    void podTrafficIgnoresTheServicesWaypoint() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(workload("server", "10.0.0.2").hbone().serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080).waypoint(BY_SERVICE));

        assertThat(routes.tunnel(mesh, "10.0.0.2:8080").hop()).isEqualTo(hop("10.0.0.2:15008"));
    }

    @Test
    @DisplayName("pod traffic goes to the pod's waypoint, authority as dialled, no service")
    void workloadWaypoint() {
        TestMesh mesh =
                meshWithWaypoint().with(workload("server", "10.0.0.2").waypoint(BY_SERVICE));

        Route.Hbone route = routes.tunnel(mesh, "10.0.0.2:8080");

        assertThat(route.hop()).isEqualTo(hop("10.0.0.9:15008"));
        assertThat(route.authority()).isEqualTo(authority("10.0.0.2:8080"));
        assertThat(route.workload()).isEqualTo(mesh.workloadNamed("waypoint-pod"));
        assertThat(route.service()).isNull();
    }

    @SuppressWarnings("unused") // named by the test below
    private static final List<Arguments> REFERENCES =
            List.of(
                    Arguments.of("pod address", byAddress("", "10.0.0.9", 15008)),
                    Arguments.of("virtual IP", byAddress("", "10.1.0.9", 15008)),
                    Arguments.of("service host name", BY_SERVICE),
                    Arguments.of("workload host name", byHostname("waypoint.by.name", 15008)));

    @ParameterizedTest(name = "{0}")
    @FieldSource("REFERENCES")
    @DisplayName("every form of reference leads to the waypoint, for services and pods")
    void references(String form, GatewayAddress reference) {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(workload("server", "10.0.0.2").waypoint(reference))
                        .with(service("web", "10.1.0.1").waypoint(reference));

        assertThat(routes.tunnel(mesh, "10.0.0.2:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
    }

    @Test
    @DisplayName("a waypoint named by address is dialled in that address's family")
    void addressFixesFamily() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("waypoint-pod", "10.0.0.9", "fd00::9"),
                                workload("server", "fd00::2")
                                        .waypoint(byAddress("", "10.0.0.9", 15008)));

        assertThat(routes.tunnel(mesh, "[fd00::2]:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
    }

    @Test
    @DisplayName("a waypoint named by host name is dialled in the client's family")
    void hostnameFollowsFamily() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("waypoint-pod", "10.0.0.9", "fd00::9").serves("waypoint"),
                                workload("server", "10.0.0.2", "fd00::2").waypoint(BY_SERVICE))
                        .with(service("waypoint", "10.1.0.9").port(15008, 15008));

        assertThat(routes.tunnel(mesh, "[fd00::2]:80").hop()).isEqualTo(hop("[fd00::9]:15008"));
        assertThat(routes.tunnel(mesh, "10.0.0.2:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
    }

    @Test
    @DisplayName("a waypoint with a host name alone is resolved later")
    void hostnameWaypoint() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("waypoint-pod").hostname("way.example"),
                                workload("server", "10.0.0.2")
                                        .waypoint(byHostname("way.example", 15008)));

        Route.Hbone route = routes.tunnel(mesh, "10.0.0.2:80");

        assertThat(route.hop())
                .isEqualTo(
                        new Route.Hop.Hostname("way.example", 15008, IpAddress.parse("10.0.0.2")));
        assertThat(route.authority()).isEqualTo(authority("10.0.0.2:80"));
    }

    @Test
    @DisplayName("the waypoint may be what its service names, then itself")
    void waypointIdentities() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("waypoint-pod", "10.0.0.9")
                                        .account("waypoint")
                                        .serves("waypoint"))
                        .with(
                                service("waypoint", "10.1.0.9")
                                        .port(15008, 15008)
                                        .names("spiffe://cluster.local/ns/x/sa/y"))
                        .with(service("web", "10.1.0.1").waypoint(BY_SERVICE));

        assertThat(principals(routes.tunnel(mesh, "10.1.0.1:80").identities()))
                .containsExactly("cluster.local/ns/x/sa/y", "cluster.local/ns/default/sa/waypoint");
    }

    @Test
    @DisplayName("a waypoint service maps its HBONE port")
    void waypointPortMapping() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("waypoint-pod", "10.0.0.9").serves("waypoint"))
                        .with(service("waypoint", "10.1.0.9").port(15008, 16008))
                        .with(service("web", "10.1.0.1").waypoint(BY_SERVICE));

        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.9:16008"));
    }

    @Test
    @DisplayName("a sandwiched waypoint's service needs no ports: the tunnel takes the HBONE port")
    void sandwichWithoutPorts() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("waypoint-pod", "10.0.0.9")
                                        .hbone()
                                        .tunnel(TunnelProtocol.PROXY, 15088)
                                        .serves("waypoint"))
                        .with(service("waypoint", "10.1.0.9"))
                        .with(service("web", "10.1.0.1").waypoint(BY_SERVICE));

        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.9:15008"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.0.1:80", "10.0.0.2:80"})
    @DisplayName("a waypoint that does not exist fails the connection")
    void unknownWaypoint(String target) {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").hbone().waypoint(BY_SERVICE))
                        .with(service("web", "10.1.0.1").port(80, 80).waypoint(BY_SERVICE));

        assertThat(routes.route(mesh, target))
                .isEqualTo(
                        refused(
                                RoutingError.UNKNOWN_WAYPOINT,
                                "unknown waypoint: waypoint waypoint.default.svc.cluster.local"
                                        + " not found"));
    }

    @Test
    @DisplayName("a waypoint address that nobody has fails the connection")
    void unknownWaypointAddress() {
        TestMesh mesh =
                new TestMesh()
                        .with(client())
                        .with(
                                service("web", "10.1.0.1")
                                        .waypoint(byAddress("", "10.0.0.77", 15008)));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.UNKNOWN_WAYPOINT,
                                "unknown waypoint: waypoint /10.0.0.77 not found"));
    }

    @SuppressWarnings("unused") // named by the test below
    private static final List<Arguments> USELESS =
            List.of(
                    Arguments.of("no endpoint", null, service("waypoint").port(15008, 15008)),
                    Arguments.of(
                            "HBONE port not declared",
                            workload("w", "10.0.0.9").serves("waypoint"),
                            service("waypoint").port(15021, 15021)),
                    Arguments.of(
                            "unhealthy",
                            workload("w", "10.0.0.9").unhealthy().serves("waypoint"),
                            service("waypoint").port(15008, 15008)));

    @ParameterizedTest(name = "{0}")
    @FieldSource("USELESS")
    @DisplayName("a waypoint that cannot be used fails the connection, and says so")
    void unusableWaypoint(String why, @Nullable TestWorkload pod, TestService waypoint) {
        TestMesh mesh =
                new TestMesh()
                        .with(client())
                        .with(waypoint)
                        .with(service("web", "10.1.0.1").waypoint(BY_SERVICE));
        if (pod != null) {
            mesh.with(pod);
        }

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.UNKNOWN_WAYPOINT,
                                "unknown waypoint: waypoint"
                                        + " default/waypoint.default.svc.cluster.local has no"
                                        + " usable endpoint for port 15008"));
    }

    @Test
    @DisplayName("a passthrough service can be no waypoint by address")
    void passthroughWaypoint() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("w", "10.0.0.9").serves("waypoint"))
                        .with(
                                service("waypoint", "10.1.0.9")
                                        .port(15008, 15008)
                                        .balancing(Mode.PASSTHROUGH))
                        .with(
                                service("web", "10.1.0.1")
                                        .waypoint(byAddress("", "10.1.0.9", 15008)));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isInstanceOfSatisfying(
                        Route.Refused.class,
                        refused ->
                                assertThat(refused.error())
                                        .isEqualTo(RoutingError.UNKNOWN_WAYPOINT));
    }

    @Test
    @DisplayName("a waypoint found without any address is no valid destination")
    void waypointWithoutAddress() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("w", "10.0.0.9").serves("waypoint"),
                                workload("server", "10.0.0.2").waypoint(BY_SERVICE))
                        .with(
                                service("waypoint")
                                        .port(15008, 15008)
                                        .families(IpFamilies.IPV6_ONLY));

        assertThat(routes.route(mesh, "10.0.0.2:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_VALID_DESTINATION,
                                "no valid routing destination for workload: default/w"));
    }

    @Test
    @DisplayName("the waypoint itself goes to its workload directly, by service or by name")
    void fromWaypoint() {
        for (GatewayAddress reference :
                List.of(
                        BY_SERVICE,
                        byHostname("waypoint.by.name", 15008),
                        byAddress("", "10.0.0.9", 15008),
                        byAddress("", "10.1.0.9", 15008))) {
            TestMesh mesh =
                    meshWithWaypoint()
                            .with(workload("server", "10.0.0.2").hbone().waypoint(reference));

            assertThat(routes.route(mesh, mesh.workloadNamed("waypoint-pod"), "10.0.0.2:80"))
                    .as(reference.toString())
                    .isInstanceOfSatisfying(
                            Route.Hbone.class,
                            route -> assertThat(route.hop()).isEqualTo(hop("10.0.0.2:15008")));
        }
    }

    @Test
    @DisplayName("sharing the waypoint's identity is not being the waypoint: the address counts")
    void sameIdentityOtherAddress() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(
                                workload("impostor", "10.0.0.8").account("waypoint"),
                                workload("server", "10.0.0.2").hbone().waypoint(BY_SERVICE));

        assertThat(routes.route(mesh, mesh.workloadNamed("impostor"), "10.0.0.2:80"))
                .isInstanceOfSatisfying(
                        Route.Hbone.class,
                        route -> assertThat(route.hop()).isEqualTo(hop("10.0.0.9:15008")));
    }

    @Test
    @DisplayName("having the waypoint's address is not being the waypoint: the identity counts")
    void sameAddressOtherIdentity() {
        TestMesh mesh =
                meshWithWaypoint()
                        .with(
                                workload("impostor", "10.0.0.9").account("impostor"),
                                workload("server", "10.0.0.2").hbone().waypoint(BY_SERVICE));

        assertThat(routes.route(mesh, mesh.workloadNamed("impostor"), "10.0.0.2:80"))
                .isInstanceOfSatisfying(
                        Route.Hbone.class,
                        route -> assertThat(route.authority()).isEqualTo(authority("10.0.0.2:80")))
                .extracting(route -> ((Route.Hbone) route).workload().name())
                .isEqualTo("waypoint-pod");
    }

    private static TestMesh meshWithCanary(int stableWeight, int canaryWeight) {
        return new TestMesh()
                .with(
                        client(),
                        workload("stable", "10.0.0.8"),
                        workload("canary", "10.0.0.9"),
                        workload("single", "10.0.0.10"))
                .with(
                        service("web", "10.1.0.1")
                                .waypoint(byAddress("", "10.0.0.10", 15008))
                                .weighted(byAddress("", "10.0.0.8", 15008), stableWeight)
                                .weighted(byAddress("", "10.0.0.9", 15008), canaryWeight));
    }

    @Test
    @DisplayName("a canary split of 75 to 25 is kept over many connections")
    void weightedSplit() {
        TestMesh mesh = meshWithCanary(75, 25);

        var counts =
                IntStream.range(0, 10_000)
                        .mapToObj(_ -> routes.tunnel(mesh, "10.1.0.1:80").workload().name())
                        .collect(Collectors.groupingBy(n -> n, Collectors.counting()));

        assertThat(counts).containsOnlyKeys("stable", "canary");
        assertThat(counts.get("stable")).isBetween(7_300L, 7_700L);
    }

    @Test
    @DisplayName("a waypoint of weight 0 is never taken")
    void zeroWeight() {
        TestMesh mesh = meshWithCanary(0, 1);

        assertThat(IntStream.range(0, 200).mapToObj(_ -> routes.tunnel(mesh, "10.1.0.1:80")))
                .allSatisfy(route -> assertThat(route.workload().name()).isEqualTo("canary"));
    }

    @Test
    @DisplayName("a split without any weight falls back to the single waypoint")
    void allZeroWeights() {
        assertThat(routes.tunnel(meshWithCanary(0, 0), "10.1.0.1:80").workload().name())
                .isEqualTo("single");
    }
}
