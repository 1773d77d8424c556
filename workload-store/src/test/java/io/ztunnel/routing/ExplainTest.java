package io.ztunnel.routing;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestMesh.byService;
import static io.ztunnel.routing.TestRoutes.CLIENT_IP;
import static io.ztunnel.routing.TestRoutes.address;
import static io.ztunnel.routing.TestRoutes.client;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Trace;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

@DisplayName("A listener is told")
class ExplainTest {
    private final List<String> told = new ArrayList<>();
    private final Trace listener = (step, detail) -> told.add(step + ": " + detail.get());

    private void route(TestMesh mesh, String target) {
        new Router(TestRoutes.CONFIG, () -> new Random(1))
                .route(mesh, mesh.workloadNamed("client"), CLIENT_IP, address(target), listener);
    }

    @Test
    @DisplayName("how a service led to an endpoint, and why not to its waypoint")
    void plainService() {
        route(
                new TestMesh()
                        .with(
                                client(),
                                workload("server", "10.0.0.2")
                                        .hbone()
                                        .waypoint(byService("waypoint"))
                                        .serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080)),
                "10.1.0.1:80");

        assertThat(told)
                .containsExactly(
                        "service-waypoint: default/web.default.svc.cluster.local has no waypoint",
                        "endpoint: Kubernetes//Pod/default/server eligible, rank 0, capacity 1",
                        "load-balancer: default/web.default.svc.cluster.local port 80 ->"
                                + " Kubernetes//Pod/default/server port 8080",
                        "workload-waypoint: default/waypoint.default.svc.cluster.local is not"
                                + " used: a service was addressed",
                        "route: tunnel to 10.0.0.2:15008, Kubernetes//Pod/default/server, for"
                                + " 10.0.0.2 port 8080 as one of"
                                + " [spiffe://cluster.local/ns/default/sa/default]");
    }

    @Test
    @DisplayName("of the waypoint that a service asks for")
    void waypoint() {
        route(
                new TestMesh()
                        .with(client(), workload("pod", "10.0.0.9").account("way"))
                        .with(
                                service("web", "10.1.0.1")
                                        .waypoint(byAddress("", "10.0.0.9", 15008))),
                "10.1.0.1:80");

        assertThat(told)
                .containsExactly(
                        "service-waypoint: default/web.default.svc.cluster.local asks for"
                                + " /10.0.0.9",
                        "workload: /10.0.0.9 is Kubernetes//Pod/default/pod",
                        "route: tunnel to 10.0.0.9:15008, Kubernetes//Pod/default/pod, for"
                                + " 10.1.0.1 port 80 as one of"
                                + " [spiffe://cluster.local/ns/default/sa/way]");
    }

    @Test
    @DisplayName("of the gateway on the way to another network")
    void gateway() {
        route(
                new TestMesh()
                        .with(
                                client(),
                                workload("gw", "10.9.9.9").network("n2"),
                                workload("server", "10.0.0.2")
                                        .network("n2")
                                        .gateway(byAddress("n2", "10.9.9.9", 15008))
                                        .serves("web"))
                        .with(service("web", "10.1.0.1").port(80, 8080)),
                "10.1.0.1:80");

        assertThat(told)
                .contains(
                        "network-gateway: Kubernetes//Pod/default/server is on network n2, behind"
                                + " n2/10.9.9.9")
                .last()
                .asString()
                .isEqualTo(
                        "route: tunnel to gateway 10.9.9.9:15008 as one of"
                                + " [spiffe://cluster.local/ns/default/sa/default], inside it one"
                                + " for web.default.svc.cluster.local:80 as one of []");
    }

    @Test
    @DisplayName("why an inbound request is served or refused")
    void inbound() {
        TestMesh mesh = new TestMesh().with(workload("local", "10.0.0.2"));
        InboundRouter router = new InboundRouter(TestRoutes.CONFIG);

        for (String authority : List.of("10.0.0.2:80", "10.0.0.3:80")) {
            router.decide(
                    mesh,
                    mesh.workloadNamed("local"),
                    address("10.0.0.2:15008"),
                    authority,
                    listener);
        }

        assertThat(told)
                .containsExactly(
                        "inbound: 10.0.0.2:80 is served by 10.0.0.2:80",
                        "destination: 10.0.0.3 is not this workload, nor served by it",
                        "inbound: refused with 400: ip mismatch: 10.0.0.2 != 10.0.0.3");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with every outbound error a stable code and what to do next")
    void outboundErrors(RoutingError error) {
        assertThat(error.code()).isEqualTo(error.name().toLowerCase(Locale.ROOT));
        assertThat(error.hint()).isNotBlank().doesNotContain("\n");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with every inbound error a stable code and what to do next")
    void inboundErrors(InboundError error) {
        assertThat(error.code()).isEqualTo(error.name().toLowerCase(Locale.ROOT));
        assertThat(error.hint()).isNotBlank().doesNotContain("\n");
    }
}
