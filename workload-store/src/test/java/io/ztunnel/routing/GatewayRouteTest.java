package io.ztunnel.routing;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestMesh.byHostname;
import static io.ztunnel.routing.TestMesh.byService;
import static io.ztunnel.routing.TestRoutes.client;
import static io.ztunnel.routing.TestRoutes.hop;
import static io.ztunnel.routing.TestRoutes.principals;
import static io.ztunnel.routing.TestRoutes.refused;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.List;

@DisplayName("To another network")
class GatewayRouteTest {
    private static final GatewayAddress GATEWAY = byAddress("remote", "10.22.1.1", 15009);
    private static final String WEB_NAME = "spiffe://cluster.local/ns/default/sa/web";

    private final TestRoutes routes = new TestRoutes();

    private static TestMesh meshWithGateway() {
        return new TestMesh()
                .with(
                        client(),
                        workload("gateway", "10.22.1.1").network("remote").account("gateway"),
                        workload("server").network("remote").gateway(GATEWAY).serves("web"))
                .with(service("web", "10.1.0.1").port(80, 8080).names(WEB_NAME));
    }

    @Test
    @DisplayName("a service goes through the gateway of its endpoint, asked for by name and port")
    void throughGateway() {
        TestMesh mesh = meshWithGateway();

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        new Route.DoubleHbone(
                                hop("10.22.1.1:15009"),
                                "web.default.svc.cluster.local:80",
                                List.of(mesh.workloadNamed("gateway").identity()),
                                List.of(new Identity("cluster.local", "default", "web")),
                                mesh.workloadNamed("gateway"),
                                mesh.serviceNamed("web")));
    }

    @Test
    @DisplayName("the inner tunnel trusts what the service names, never the endpoint found here")
    void innerIdentities() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway", "10.22.1.1").network("remote"),
                                workload("server", "10.22.0.5")
                                        .network("remote")
                                        .account("server")
                                        .gateway(GATEWAY)
                                        .serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 80));

        assertThat(routes.gateway(mesh, "10.1.0.1:80").innerIdentities()).isEmpty();
    }

    @Test
    @DisplayName("a gateway behind a service is load-balanced, mapped and may have further names")
    void gatewayByHostname() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway", "10.22.1.1")
                                        .network("remote")
                                        .account("gateway")
                                        .serves("eastwest"),
                                workload("server")
                                        .network("remote")
                                        .gateway(
                                                byHostname(
                                                        "eastwest.default.svc.cluster.local",
                                                        15009))
                                        .serves("web"))
                        .with(
                                service("eastwest")
                                        .port(15009, 15008)
                                        .names("spiffe://cluster.local/ns/g/sa/w"))
                        .with(service("web", "10.1.0.1").port(80, 80).names(WEB_NAME));

        Route.DoubleHbone route = routes.gateway(mesh, "10.1.0.1:80");

        assertThat(route.gateway()).isEqualTo(hop("10.22.1.1:15008"));
        assertThat(principals(route.gatewayIdentities()))
                .containsExactly("cluster.local/ns/g/sa/w", "cluster.local/ns/default/sa/gateway");
        assertThat(principals(route.innerIdentities()))
                .containsExactly("cluster.local/ns/default/sa/web");
    }

    @Test
    @DisplayName("a gateway that is a workload with a host name alone is resolved later")
    void gatewayByWorkloadHostname() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway").network("remote").hostname("gw.example"),
                                workload("server")
                                        .network("remote")
                                        .gateway(byHostname("gw.example", 15008))
                                        .serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 80).names(WEB_NAME));

        assertThat(routes.gateway(mesh, "10.1.0.1:80").gateway())
                .isEqualTo(
                        new Route.Hop.Hostname("gw.example", 15008, IpAddress.parse("10.1.0.1")));
    }

    @Test
    @DisplayName("a waypoint on another network is reached through its gateway, for the service")
    void remoteWaypoint() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway", "10.22.1.1").network("remote"),
                                workload("waypoint-pod")
                                        .network("remote")
                                        .gateway(GATEWAY)
                                        .serves("waypoint"))
                        .with(
                                service("waypoint", "10.1.0.9")
                                        .port(15008, 15008)
                                        .names("spiffe://cluster.local/ns/default/sa/waypoint"))
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 8080)
                                        .names(WEB_NAME)
                                        .waypoint(byService("waypoint")));

        Route.DoubleHbone route = routes.gateway(mesh, "10.1.0.1:80");

        assertThat(route.authority()).isEqualTo("web.default.svc.cluster.local:80");
        assertThat(route.service()).isEqualTo(mesh.serviceNamed("web"));
        assertThat(principals(route.innerIdentities()))
                .containsExactly("cluster.local/ns/default/sa/waypoint");
    }

    @Test
    @DisplayName("near endpoints are preferred while they are healthy")
    void failoverToRemote() {
        TestWorkload near = workload("near", "10.0.0.2").hbone().serves("web");
        TestMesh mesh =
                meshWithGateway()
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 80)
                                        .names(WEB_NAME)
                                        .balancing(Mode.FAILOVER, Scope.NETWORK));

        mesh.with(near);
        for (int i = 0; i < 20; i++) {
            assertThat(routes.tunnel(mesh, "10.1.0.1:80").hop()).isEqualTo(hop("10.0.0.2:15008"));
        }

        mesh.with(near.unhealthy());
        assertThat(routes.gateway(mesh, "10.1.0.1:80").gateway()).isEqualTo(hop("10.22.1.1:15009"));
    }

    @Test
    @DisplayName("an endpoint with neither address nor gateway is not eligible")
    void noAddressAndNoGateway() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server").network("remote").serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 80));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_HEALTHY_UPSTREAM,
                                "no healthy upstream: 10.1.0.1:80"));
    }

    @Test
    @DisplayName("an endpoint with an address but no gateway is eligible, and then an error")
    void addressButNoGateway() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("server", "10.0.0.2").network("remote").serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 80));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_VALID_DESTINATION,
                                "no valid routing destination for workload: default/server"));
    }

    @Test
    @DisplayName("a gateway must be known as a workload or a virtual IP of its own network")
    void unknownGateway() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway", "10.22.1.1").network("yet-another"),
                                workload("server").network("remote").gateway(GATEWAY).serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 80).names(WEB_NAME));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.UNKNOWN_NETWORK_GATEWAY,
                                "unknown network gateway: network gateway remote/10.22.1.1"
                                        + " not found"));
    }

    @Test
    @DisplayName("a gateway service must declare the port, tunnel or not: only waypoints need not")
    void gatewayPortNotDeclared() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                client(),
                                workload("gateway", "10.22.1.1")
                                        .network("remote")
                                        .tunnel(TunnelProtocol.PROXY, 15088)
                                        .serves("gw"),
                                workload("server")
                                        .network("remote")
                                        .gateway(byService("gw"))
                                        .serves("web"))
                        .with(service("gw").port(443, 443))
                        .with(service("web", "10.1.0.1").port(80, 80));

        assertThat(routes.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.UNKNOWN_NETWORK_GATEWAY,
                                "unknown network gateway: network gateway"
                                        + " default/gw.default.svc.cluster.local has no usable"
                                        + " endpoint for port 15008"));
    }

    @Test
    @DisplayName("the own network is where addresses are looked up: the same address elsewhere")
    void networksDoNotMix() {
        TestMesh mesh =
                new TestMesh()
                        .with(client(), workload("server", "10.0.0.2").network("remote").hbone());

        assertThat(routes.route(mesh, "10.0.0.2:80"))
                .isEqualTo(new Route.Passthrough(TestRoutes.address("10.0.0.2:80")));
    }

    @Test
    @DisplayName("an endpoint elsewhere behind an address that is no service here is an error")
    void noService() {
        // The node believes to be on another network than its workload: a service found on the
        // workload's network is not the one that was dialled.
        TestRoutes elsewhere =
                new TestRoutes(new RoutingConfig("node-network", 15008, OwnPorts.of(), true));
        TestMesh mesh = meshWithGateway();

        assertThat(elsewhere.route(mesh, "10.1.0.1:80"))
                .isEqualTo(
                        refused(
                                RoutingError.NO_SERVICE,
                                "no service for target address: 10.1.0.1:80"));
    }
}
