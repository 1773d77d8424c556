package io.ztunnel.routing;

import static io.ztunnel.routing.TestRoutes.address;
import static io.ztunnel.routing.TestRoutes.authority;
import static io.ztunnel.routing.TestRoutes.client;
import static io.ztunnel.routing.TestRoutes.hop;
import static io.ztunnel.routing.TestRoutes.principals;
import static io.ztunnel.routing.TestRoutes.refused;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service.IpFamilies;
import io.ztunnel.store.Service.LoadBalancing.Mode;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

@DisplayName("Without a waypoint or another network")
class DirectRouteTest {
    private final TestRoutes routes = new TestRoutes();

    @Test
    @DisplayName("an unknown address is passed through as dialled")
    void unknownDestination() {
        TestMesh mesh = new TestMesh().with(client());

        assertThat(routes.route(mesh, "1.2.3.4:80"))
                .isEqualTo(new Route.Passthrough(address("1.2.3.4:80")));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource({"TCP,local-node", "TCP,remote-node", "HBONE,local-node", "HBONE,remote-node"})
    @DisplayName("the workload's protocol decides, its node does not matter")
    void protocolDecides(String protocol, String node) {
        TestWorkload server = workload("server", "10.0.0.2").node(node).account("server");
        TestMesh mesh =
                new TestMesh().with(client(), protocol.equals("HBONE") ? server.hbone() : server);

        Route route = routes.route(mesh, "10.0.0.2:80");

        if (protocol.equals("TCP")) {
            assertThat(route)
                    .isEqualTo(
                            new Route.DirectTcp(
                                    hop("10.0.0.2:80"), mesh.workloadNamed("server"), null));
        } else {
            assertThat(route)
                    .isEqualTo(
                            new Route.Hbone(
                                    hop("10.0.0.2:15008"),
                                    authority("10.0.0.2:80"),
                                    List.of(mesh.workloadNamed("server").identity()),
                                    mesh.workloadNamed("server"),
                                    null));
        }
    }

    @Test
    @DisplayName("a service is dialled at its endpoint's address and target port")
    void serviceTargetPort() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").hbone().serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        Route.Hbone route = routes.tunnel(mesh, "10.1.0.1:80");

        assertThat(route.hop()).isEqualTo(hop("10.0.0.2:15008"));
        assertThat(route.authority()).isEqualTo(authority("10.0.0.2:8080"));
        assertThat(route.service()).isEqualTo(mesh.serviceNamed("web"));
    }

    @Test
    @DisplayName("plain TCP to a service is translated too")
    void plainServiceTargetPort() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.DirectTcp(
                                hop("10.0.0.2:8080"),
                                mesh.workloadNamed("server"),
                                mesh.serviceNamed("web")));
    }

    @Test
    @DisplayName("a named port is served by the endpoint that maps it")
    void namedPort() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("without", "10.0.0.2").serves("web"),
                                workload("with", "10.0.0.3").serves("web", 80, 1234))
                        .with(service("web", "10.1.0.1").port(80, 0));

        for (int i = 0; i < 20; i++) {
            assertThat(routes.route(mesh, "10.1.0.1:80"))
                    .isEqualTo(
                            new Route.DirectTcp(
                                    hop("10.0.0.3:1234"),
                                    mesh.workloadNamed("with"),
                                    mesh.serviceNamed("web")));
        }
    }

    @Test
    @DisplayName("peers may be what the service names, then the workload; bad names are left out")
    void identitiesInOrder() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("server", "10.0.0.2").hbone().account("own").serves("web"))
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 80)
                                        .names(
                                                "spiffe://other.domain/ns/b/sa/second",
                                                "not a spiffe uri",
                                                "spiffe://cluster.local/ns/a/sa/first"));

        assertThat(principals(routes.tunnel(mesh, "10.1.0.1:80").identities()))
                .containsExactly(
                        "other.domain/ns/b/sa/second",
                        "cluster.local/ns/a/sa/first",
                        "cluster.local/ns/default/sa/own");
    }

    @Test
    @DisplayName("a service without endpoints is an error")
    void emptyService() {
        TestMesh mesh = new TestMesh().with(client()).with(service("web", "10.1.0.1").port(80, 80));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_HEALTHY_UPSTREAM,
                                "no healthy upstream: 10.1.0.1:80"));
    }

    @Test
    @DisplayName("a port that the service does not list is an error")
    void unlistedPort() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").serves("web", 81, 81))
                        .with(service("web", "fd00::1").port(80, 80));

        assertThat(routes.route(mesh, "[fd00::1]:81"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_HEALTHY_UPSTREAM,
                                "no healthy upstream: [fd00::1]:81"));
    }

    @Test
    @DisplayName("a passthrough service is dialled as it is, without a service in telemetry")
    void passthroughService() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").hbone().serves("web"))
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 8080)
                                        .balancing(Mode.PASSTHROUGH));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(new Route.Passthrough(address("10.1.0.1:80")));
    }

    @Test
    @DisplayName("host-network workloads are found through services, never by their address")
    void hostNetwork() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("a", "10.9.0.1").hostNetwork().serves("a"),
                                workload("b", "10.9.0.1").hostNetwork().serves("b"))
                        .with(service("a", "10.1.0.1").port(80, 8080))
                        .with(service("b", "10.1.0.2").port(80, 9090));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.DirectTcp(
                                hop("10.9.0.1:8080"),
                                mesh.workloadNamed("a"),
                                mesh.serviceNamed("a")));
        assertThat(routes.route(mesh, "10.1.0.2:80"))
                .isEqualTo(
                        new Route.DirectTcp(
                                hop("10.9.0.1:9090"),
                                mesh.workloadNamed("b"),
                                mesh.serviceNamed("b")));
        assertThat(routes.route(mesh, "10.9.0.1:8080"))
                .isEqualTo(new Route.Passthrough(address("10.9.0.1:8080")));
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "10.0.0.2:80, 10.0.0.2:80",
        "[fd00::2]:80, [fd00::2]:80",
        "10.1.0.1:80, 10.0.0.2:80",
        "[fd01::1]:80, [fd00::2]:80"
    })
    @DisplayName("of several addresses the one dialled or one of its family is used")
    void multipleAddresses(String target, String dialled) {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2", "fd00::2").serves("web"))
                        .with(service("web", "10.1.0.1", "fd01::1").port(80, 80));

        assertThat(routes.route(mesh, target))
                .isInstanceOfSatisfying(
                        Route.DirectTcp.class,
                        route -> assertThat(route.hop()).isEqualTo(hop(dialled)));
    }

    @ParameterizedTest(name = "{0}: {1} -> {2}")
    @CsvSource({
        "IPV6_ONLY, 10.1.0.1:80, [fd00::2]:80",
        "IPV6_ONLY, [fd01::1]:80, [fd00::2]:80",
        "IPV4_ONLY, 10.1.0.1:80, 10.0.0.2:80",
        "IPV4_ONLY, [fd01::1]:80, 10.0.0.2:80",
        "DUAL, 10.1.0.1:80, 10.0.0.2:80",
        "DUAL, [fd01::1]:80, [fd00::2]:80"
    })
    @DisplayName("the service's families restrict the addresses of its endpoints")
    void serviceFamilies(IpFamilies families, String target, String dialled) {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2", "fd00::2").serves("web"))
                        .with(
                                service("web", "10.1.0.1", "fd01::1")
                                        .port(80, 80)
                                        .families(families));

        assertThat(routes.route(mesh, target))
                .isInstanceOfSatisfying(
                        Route.DirectTcp.class,
                        route -> assertThat(route.hop()).isEqualTo(hop(dialled)));
    }

    @Test
    @DisplayName("a family restriction that leaves no address and no host name is an error")
    void noAddressLeft() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").serves("web"))
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 80)
                                        .families(IpFamilies.IPV6_ONLY));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_VALID_DESTINATION,
                                "no valid routing destination for workload: default/server"));
    }

    @Test
    @DisplayName("a workload with a host name alone is resolved later, in the client's family")
    void hostnameWorkload() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server").hostname("db.example").serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.DirectTcp(
                                new Route.Hop.Hostname(
                                        "db.example", 8080, IpAddress.parse("10.1.0.1")),
                                mesh.workloadNamed("server"),
                                mesh.serviceNamed("web")));
    }

    @Test
    @DisplayName("a tunnel to a host name asks for whatever address DNS will tell")
    void hostnameTunnel() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("server").hostname("db.example").hbone().serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        Route.Hbone route = routes.tunnel(mesh, "10.1.0.1:80");

        assertThat(route.hop())
                .isEqualTo(
                        new Route.Hop.Hostname("db.example", 15008, IpAddress.parse("10.1.0.1")));
        assertThat(route.authority()).isEqualTo(new Route.Authority(null, 8080));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:15001", "127.9.9.9:15006", "[::1]:15008", "127.0.0.1:15080"})
    @DisplayName("the own ports on loopback are refused")
    void selfCall(String target) {
        assertThat(routes.route(new TestMesh().with(client()), target))
                .isEqualTo(
                        refused(RoutingError.SELF_CALL, "attempted recursive call to ourselves"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2:15001", "127.0.0.1:15020", "[::1]:80"})
    @DisplayName("own ports elsewhere and other ports on loopback are not refused here")
    void notSelfCall(String target) {
        assertThat(routes.route(new TestMesh().with(client()), target))
                .isEqualTo(new Route.Passthrough(address(target)));
    }

    @Test
    @DisplayName("the client's own waypoint does not matter")
    void sourceWaypoint() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client().waypoint(TestMesh.byAddress("", "10.0.0.9", 15008)),
                                workload("waypoint", "10.0.0.9"),
                                workload("server", "10.0.0.2").hbone());

        assertThat(routes.tunnel(mesh, "10.0.0.2:80").hop()).isEqualTo(hop("10.0.0.2:15008"));
    }

    @Test
    @DisplayName("a service that balances to its own client is tunnelled to that client")
    void hairpin() {
        TestMesh mesh =
                new TestMesh()
                        .with(client().hbone().serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.1:15008"));
    }

    @Test
    @DisplayName("an address of both a service and a workload is dialled through the service")
    void vipWinsOverWorkload() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("owner", "10.1.0.1"),
                                workload("server", "10.0.0.2").serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.DirectTcp(
                                hop("10.0.0.2:8080"),
                                mesh.workloadNamed("server"),
                                mesh.serviceNamed("web")));
        // Yet for the error it counts as an address of the workload, hence as none of a service.
        assertThat(routes.route(mesh, "10.1.0.1:81"))
                .isEqualTo(new Route.Passthrough(address("10.1.0.1:81")));
    }

    @Test
    @DisplayName("a service that the client's namespace cannot see does not exist")
    void invisibleService() {
        TestMesh mesh =
                new TestMesh()
                        .with(client())
                        .with(
                                service("web", "10.1.0.1")
                                        .in("other")
                                        .port(80, 80)
                                        .visibleInNamespaceOnly());

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(new Route.Passthrough(address("10.1.0.1:80")));
    }

    @Test
    @DisplayName("an address inside a service's block is the service's")
    void cidrService() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").hbone().serves("web"))
                        .with(service("web").cidr("240.240.0.0/16").port(443, 443));

        assertThat(routes.tunnel(mesh, "240.240.7.7:443").authority())
                .isEqualTo(authority("10.0.0.2:443"));
    }
}
