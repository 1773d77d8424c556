package io.ztunnel.routing;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestMesh.byHostname;
import static io.ztunnel.routing.TestMesh.byService;
import static io.ztunnel.routing.TestRoutes.address;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.routing.InboundDecision.Accepted;
import io.ztunnel.routing.InboundDecision.Rejected;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

@DisplayName("A CONNECT")
class InboundRouterTest {
    private static final String POD = "10.0.0.2";

    private final InboundRouter router = new InboundRouter(TestRoutes.CONFIG);

    private InboundDecision decide(TestMesh mesh, String authority) {
        return decide(mesh, mesh.workloadNamed("local"), POD, authority);
    }

    private InboundDecision decide(TestMesh mesh, Workload local, String podIp, String authority) {
        HostPort socket = new HostPort(IpAddress.parse(podIp), 15008);
        return router.decide(mesh, local, socket, authority, Trace.NONE);
    }

    private Accepted accepted(TestMesh mesh, String authority) {
        if (decide(mesh, authority) instanceof Accepted accepted) {
            return accepted;
        }
        throw new AssertionError(authority + ": " + decide(mesh, authority));
    }

    private void assertRejected(
            TestMesh mesh, String authority, InboundError error, int status, String text) {
        InboundDecision decision = decide(mesh, authority);
        assertThat(decision).isEqualTo(new Rejected(error, text));
        assertThat(((Rejected) decision).status()).isEqualTo(status);
    }

    private static TestWorkload local() {
        return workload("local", POD);
    }

    @Nested
    @DisplayName("without an application tunnel")
    class Plain {
        private final TestMesh mesh =
                new TestMesh()
                        .with(local().serves("web", 81, 9090))
                        .with(
                                service("web", "10.1.0.1")
                                        .port(80, 8080)
                                        .port(81, 0)
                                        .port(82, 0)
                                        .port(83, 15006));

        @Test
        @DisplayName("to the pod's own address reaches the port asked for")
        void ownAddress() {
            assertThat(accepted(mesh, "10.0.0.2:8080"))
                    .isEqualTo(
                            new Accepted(
                                    new ConnectAuthority.Address(address("10.0.0.2:8080")),
                                    address("10.0.0.2:8080"),
                                    false,
                                    address("10.0.0.2:8080"),
                                    null,
                                    List.of(mesh.serviceNamed("web"))));
        }

        @Test
        @DisplayName("to another address is a mismatch, told in the reference's words")
        void otherAddress() {
            assertRejected(
                    mesh,
                    "10.0.0.7:8080",
                    InboundError.IP_MISMATCH,
                    400,
                    "ip mismatch: 10.0.0.2 != 10.0.0.7");
        }

        @Test
        @DisplayName("to a virtual IP is a mismatch even for an endpoint of the service")
        void ownVip() {
            assertRejected(
                    mesh,
                    "10.1.0.1:80",
                    InboundError.IP_MISMATCH,
                    400,
                    "ip mismatch: 10.0.0.2 != 10.1.0.1");
        }

        @ParameterizedTest(name = "port {0} -> {1}")
        @CsvSource({"80,8080", "81,9090"})
        @DisplayName("to a service's name reaches its target port, named ones through the endpoint")
        void hostname(int port, int target) {
            Accepted accepted = accepted(mesh, "web.default.svc.cluster.local:" + port);

            assertThat(accepted.application()).isEqualTo(address("10.0.0.2:" + target));
            assertThat(accepted.policyDestination()).isEqualTo(accepted.application());
            assertThat(accepted.candidates()).containsExactly(mesh.serviceNamed("web"));
        }

        @ParameterizedTest
        @ValueSource(ints = {82, 4444})
        @DisplayName("to a service's port that leads nowhere is refused")
        void noPort(int port) {
            assertRejected(
                    mesh,
                    "web.default.svc.cluster.local:" + port,
                    InboundError.NO_SERVICE_PORT,
                    503,
                    "requested service web.default.svc.cluster.local:"
                            + port
                            + " found, but cannot resolve port");
        }

        @Test
        @DisplayName("to an unknown name is refused")
        void unknownHostname() {
            assertRejected(
                    mesh,
                    "nobody.example:80",
                    InboundError.UNKNOWN_HOSTNAME,
                    503,
                    "no service or workload for hostname: nobody.example");
        }

        @Test
        @DisplayName("to a name that the local namespace cannot see is refused")
        void invisibleHostname() {
            mesh.with(
                    service("hidden", "10.1.0.3")
                            .in("other")
                            .port(80, 80)
                            .visibleInNamespaceOnly());

            assertRejected(
                    mesh,
                    "hidden.other.svc.cluster.local:80",
                    InboundError.UNKNOWN_HOSTNAME,
                    503,
                    "no service or workload for hostname: hidden.other.svc.cluster.local");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "10.0.0.2:15001",
                    "10.0.0.2:15006",
                    "10.0.0.2:15008",
                    "10.0.0.2:15080",
                    "web.default.svc.cluster.local:83"
                })
        @DisplayName("that leads to an own port is refused")
        void selfCall(String authority) {
            assertRejected(
                    mesh,
                    authority,
                    InboundError.SELF_CALL,
                    503,
                    "attempted recursive call to ourselves");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "10.0.0.2", "web", "user@web:80", "[::1]", ":80"})
        @DisplayName("without a readable authority is a bad request")
        void unreadable(String authority) {
            assertRejected(
                    mesh,
                    authority,
                    InboundError.INVALID_AUTHORITY,
                    400,
                    "no valid authority pseudo header: " + authority);
        }

        @Test
        @DisplayName("with a huge authority does not fill the log")
        void hugeAuthority() {
            assertThat(decide(mesh, "x".repeat(60_000)))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.detail()).hasSizeLessThan(400));
        }

        @Test
        @DisplayName("over IPv6 works alike")
        void v6() {
            TestMesh six = new TestMesh().with(workload("local", "fd00::2"));

            assertThat(decide(six, six.workloadNamed("local"), "fd00::2", "[fd00:0::2]:80"))
                    .isInstanceOfSatisfying(
                            Accepted.class,
                            accepted ->
                                    assertThat(accepted.application())
                                            .isEqualTo(address("[fd00::2]:80")));
            assertThat(decide(six, six.workloadNamed("local"), "fd00::2", "[fd00::3]:80"))
                    .isEqualTo(
                            new Rejected(
                                    InboundError.IP_MISMATCH, "ip mismatch: fd00::2 != fd00::3"));
        }
    }

    @Nested
    @DisplayName("to a waypoint")
    class Waypoint {

        @SuppressWarnings("unused") // named by the tests below
        private static final List<Arguments> REFERENCES =
                List.of(
                        Arguments.of("service", byService("waypoint")),
                        Arguments.of("virtual IP", byAddress("", "10.1.0.9", 15008)),
                        Arguments.of("pod address", byAddress("", POD, 15008)),
                        Arguments.of("workload name", byHostname("way.example", 15008)));

        private TestMesh mesh(GatewayAddress reference) {
            return new TestMesh()
                    .with(
                            local().hostname("way.example").serves("waypoint"),
                            workload("guarded", "10.0.0.5").waypoint(reference),
                            workload("unguarded", "10.0.0.6"))
                    .with(
                            service("waypoint", "10.1.0.9").port(15008, 15008),
                            service("guarded", "10.1.0.5").waypoint(reference),
                            service("unguarded", "10.1.0.6"));
        }

        @ParameterizedTest(name = "{0}")
        @FieldSource("REFERENCES")
        @DisplayName("is accepted for destinations that name it, and connected to the waypoint")
        void attached(String form, GatewayAddress reference) {
            TestMesh mesh = mesh(reference);

            assertThat(accepted(mesh, "10.0.0.5:8080").application())
                    .isEqualTo(address("10.0.0.2:8080"));
            assertThat(accepted(mesh, "10.1.0.5:80").application())
                    .isEqualTo(address("10.0.0.2:80"));
        }

        @ParameterizedTest(name = "{0}")
        @FieldSource("REFERENCES")
        @DisplayName("is a mismatch for destinations that do not")
        void unattached(String form, GatewayAddress reference) {
            TestMesh mesh = mesh(reference);

            for (String destination : List.of("10.0.0.6", "10.1.0.6", "10.7.7.7")) {
                assertRejected(
                        mesh,
                        destination + ":80",
                        InboundError.IP_MISMATCH,
                        400,
                        "ip mismatch: 10.0.0.2 != " + destination);
            }
        }

        @Test
        @DisplayName("is a mismatch for a pod of a service that names it, and the other way round")
        void attachmentIsOfTheAddressed() {
            GatewayAddress reference = byService("waypoint");
            TestMesh mesh =
                    new TestMesh()
                            .with(
                                    local().serves("waypoint"),
                                    workload("pod", "10.0.0.5").serves("with"),
                                    workload("guarded", "10.0.0.6")
                                            .waypoint(reference)
                                            .serves("without"))
                            .with(
                                    service("waypoint", "10.1.0.9").port(15008, 15008),
                                    service("with", "10.1.0.5").waypoint(reference),
                                    service("without", "10.1.0.6"));

            assertThat(decide(mesh, "10.0.0.5:80")).isInstanceOf(Rejected.class);
            assertThat(decide(mesh, "10.1.0.6:80")).isInstanceOf(Rejected.class);
            assertThat(decide(mesh, "10.1.0.5:80")).isInstanceOf(Accepted.class);
            assertThat(decide(mesh, "10.0.0.6:80")).isInstanceOf(Accepted.class);
        }

        @Test
        @DisplayName("is a mismatch where another waypoint is named")
        void anotherWaypoint() {
            TestMesh mesh =
                    new TestMesh()
                            .with(
                                    local(),
                                    workload("other", "10.0.0.8").serves("waypoint"),
                                    workload("a", "10.0.0.5").waypoint(byService("waypoint")),
                                    workload("b", "10.0.0.6")
                                            .waypoint(byAddress("", "10.0.0.8", 15008)),
                                    workload("c", "10.0.0.7").waypoint(byService("nobody")))
                            .with(service("waypoint", "10.1.0.9").port(15008, 15008));

            for (String destination : List.of("10.0.0.5", "10.0.0.6", "10.0.0.7")) {
                assertThat(decide(mesh, destination + ":80"))
                        .as(destination)
                        .isInstanceOf(Rejected.class);
            }
        }

        @Test
        @DisplayName("does not count members of a canary split")
        void weightedIsNotConsulted() {
            TestMesh mesh =
                    new TestMesh()
                            .with(local().serves("waypoint"))
                            .with(
                                    service("waypoint", "10.1.0.9").port(15008, 15008),
                                    service("web", "10.1.0.5")
                                            .weighted(byService("waypoint"), 100));

            assertThat(decide(mesh, "10.1.0.5:80")).isInstanceOf(Rejected.class);
        }
    }

    @Nested
    @DisplayName("with an application tunnel")
    class Tunnel {

        private TestMesh mesh(TunnelProtocol protocol, int port) {
            return new TestMesh()
                    .with(local().tunnel(protocol, port).serves("web"))
                    .with(
                            service("web", "fd01::1", "10.1.0.1", "10.1.0.2")
                                    .vip("elsewhere", "10.9.9.9")
                                    .port(80, 8080),
                            service("v6", "fd01::6").vip("elsewhere", "10.9.9.9").port(80, 8080),
                            service("elsewhere").vip("elsewhere", "10.9.9.9").port(80, 8080),
                            service("headless").port(80, 8080));
        }

        @Test
        @DisplayName("accepts any address, and tells it in the PROXY header")
        void proxyByAddress() {
            assertThat(accepted(mesh(TunnelProtocol.PROXY, 15088), "10.7.7.7:80"))
                    .isEqualTo(
                            new Accepted(
                                    new ConnectAuthority.Address(address("10.7.7.7:80")),
                                    address("127.0.0.1:15088"),
                                    true,
                                    address("10.0.0.2:15088"),
                                    address("10.7.7.7:80"),
                                    List.of(
                                            mesh(TunnelProtocol.PROXY, 15088)
                                                    .serviceNamed("web"))));
        }

        @ParameterizedTest(name = "{0} -> {1}")
        @CsvSource({"web, 10.1.0.2:80", "v6, [fd01::6]:80", "elsewhere, 10.9.9.9:80"})
        @DisplayName("tells a service by a virtual IP: own network, then IPv4, then the last")
        void proxyByHostname(String service, String told) {
            Accepted accepted =
                    accepted(
                            mesh(TunnelProtocol.PROXY, 15088),
                            service + ".default.svc.cluster.local:80");

            assertThat(accepted.proxied()).isEqualTo(address(told));
            assertThat(accepted.policyDestination()).isEqualTo(address("10.0.0.2:15088"));
        }

        @Test
        @DisplayName("refuses a service without virtual IP, which it could not tell")
        void proxyWithoutVip() {
            assertRejected(
                    mesh(TunnelProtocol.PROXY, 15088),
                    "headless.default.svc.cluster.local:80",
                    InboundError.NO_SERVICE_ADDRESS,
                    503,
                    "requested service headless.default.svc.cluster.local found, but has no IP"
                            + " addresses");
        }

        @Test
        @DisplayName("of no protocol only replaces the port")
        void none() {
            Accepted accepted = accepted(mesh(TunnelProtocol.NONE, 15088), "10.7.7.7:80");

            assertThat(accepted.application()).isEqualTo(address("10.0.0.2:15088"));
            assertThat(accepted.loopback()).isFalse();
            assertThat(accepted.proxied()).isNull();
        }

        @ParameterizedTest
        @CsvSource({"PROXY,127.0.0.1:80", "NONE,10.0.0.2:80"})
        @DisplayName("without a port of its own keeps the one asked for")
        void keepsPort(TunnelProtocol protocol, String application) {
            assertThat(accepted(mesh(protocol, 0), "10.7.7.7:80").application())
                    .isEqualTo(address(application));
        }

        @Test
        @DisplayName("does not excuse asking for an own port")
        void selfCallBeforeTunnel() {
            assertRejected(
                    mesh(TunnelProtocol.PROXY, 15088),
                    "10.7.7.7:15001",
                    InboundError.SELF_CALL,
                    503,
                    "attempted recursive call to ourselves");
        }

        @Test
        @DisplayName("is reached on the loopback of the pod's family")
        void loopbackFamily() {
            TestMesh mesh =
                    new TestMesh()
                            .with(workload("local", "fd00::2").tunnel(TunnelProtocol.PROXY, 15088));

            assertThat(decide(mesh, mesh.workloadNamed("local"), "fd00::2", "[fd00::7]:80"))
                    .isInstanceOfSatisfying(
                            Accepted.class,
                            accepted ->
                                    assertThat(accepted.application())
                                            .isEqualTo(address("[::1]:15088")));
        }

        @Test
        @DisplayName("is reached on the pod's address where loopback is switched off")
        void loopbackOff() {
            TestMesh mesh = mesh(TunnelProtocol.PROXY, 15088);
            InboundRouter onPodAddress =
                    new InboundRouter(new RoutingConfig("", 15008, OwnPorts.of(), false));

            InboundDecision decision =
                    onPodAddress.decide(
                            mesh,
                            mesh.workloadNamed("local"),
                            address(POD + ":15008"),
                            "10.7.7.7:80",
                            Trace.NONE);

            assertThat(decision)
                    .isInstanceOfSatisfying(
                            Accepted.class,
                            accepted -> {
                                assertThat(accepted.application())
                                        .isEqualTo(address("10.0.0.2:15088"));
                                assertThat(accepted.loopback()).isFalse();
                                assertThat(accepted.proxied()).isEqualTo(address("10.7.7.7:80"));
                            });
        }
    }
}
