package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ztunnel.policy.Authorization;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.store.MeshUpdate;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Two pods' proxies that talk to each other over loopback, each with its log and metrics. */
class WorkloadProxyTest {
    private static final String CLIENT_ID = "spiffe://cluster.local/ns/shop/sa/client";
    private static final String SERVER_ID = "spiffe://cluster.local/ns/shop/sa/server";
    private static final String SOURCE = "reporter=\"source\"";
    private static final String DESTINATION = "reporter=\"destination\"";

    private final TestMesh mesh = new TestMesh();
    private EchoApp app;
    private TestPod server;
    private TestPod client;

    @BeforeEach
    void startPods() throws Exception {
        app = new EchoApp();
        start(TestPod.Options.DEFAULTS);
    }

    private void start(TestPod.Options options) throws Exception {
        server = mesh.pod("server", TestMesh.SERVER_IP, options);
        client = mesh.pod("client", TestMesh.CLIENT_IP, options.tunnelsTo(server));
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hear(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
    }

    private static void echoOnce(Socket socket) throws IOException {
        say(socket, "hello world");
        assertThat(hear(socket, 11)).isEqualTo("hello world");
    }

    /** EOF or a reset: either way no byte comes any more. */
    private static void assertEnds(Socket socket) {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("still open", e);
        } catch (IOException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    private static void close(Socket socket) throws IOException {
        socket.shutdownOutput();
        assertEnds(socket);
        socket.close();
    }

    @Test
    void tunnelledConnectionIsRecordedAtBothEnds() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        assertThat(client.metric("istio_tcp_connections_opened_total", SOURCE)).isEqualTo(1);
        assertThat(client.metric("istio_tcp_connections_closed_total", SOURCE)).isZero();
        close(socket);

        String echo = TestMesh.SERVER_IP + ":" + app.address().getPort();
        String tunnel = TestMesh.SERVER_IP + ":" + server.inboundPort();
        assertThat(client.line("connection complete"))
                .contains("\tinfo\taccess\t")
                .contains("src.workload=\"client\" src.namespace=\"shop\"")
                .contains("src.identity=\"" + CLIENT_ID + "\" src.cluster=\"Kubernetes\"")
                .contains("dst.addr=" + tunnel + " dst.hbone_addr=" + echo)
                .contains("dst.workload=\"server\" dst.namespace=\"shop\"")
                .contains("dst.identity=\"" + SERVER_ID + "\" dst.cluster=\"Kubernetes\"")
                .contains("direction=\"outbound\" bytes_sent=11 bytes_recv=11 duration=")
                .doesNotContain("error");
        assertThat(server.line("connection complete"))
                .contains("\tinfo\taccess\t")
                .contains("src.workload=\"client\" src.namespace=\"shop\"")
                .contains("src.identity=\"" + CLIENT_ID + "\"")
                .contains("dst.addr=" + tunnel + " dst.hbone_addr=" + echo)
                .contains("dst.identity=\"" + SERVER_ID + "\"")
                .contains("direction=\"inbound\" bytes_sent=11 bytes_recv=11 duration=")
                .doesNotContain("error");
        assertCounted(client, SOURCE);
        assertCounted(server, DESTINATION);
        assertThat(client.metric("ztunnel_tls_handshakes_total", SOURCE, "success")).isEqualTo(1);
        assertThat(server.metric("ztunnel_tls_handshakes_total", DESTINATION, "success"))
                .isEqualTo(1);
        assertThat(client.metric("istio_tcp_sockets_open", SOURCE)).isZero();
        assertThat(server.metric("istio_tcp_sockets_open", DESTINATION))
                .as("the tunnel stays for the next connection")
                .isEqualTo(1);
    }

    private static void assertCounted(TestPod pod, String reporter) {
        String[] labels = {reporter, "connection_security_policy=\"mutual_tls\""};
        assertThat(pod.metric("istio_tcp_connections_opened_total", labels)).isEqualTo(1);
        assertThat(pod.metric("istio_tcp_connections_closed_total", labels)).isEqualTo(1);
        assertThat(pod.metric("istio_tcp_connections_failed_total", labels)).isZero();
        assertThat(pod.metric("istio_tcp_received_bytes_total", labels)).isEqualTo(11);
        assertThat(pod.metric("istio_tcp_sent_bytes_total", labels)).isEqualTo(11);
    }

    @Test
    void fewBytesOfAnOpenConnectionShowInTheMetrics() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        await().untilAsserted(
                        () ->
                                assertThat(client.metric("istio_tcp_received_bytes_total", SOURCE))
                                        .isEqualTo(11));
        close(socket);
    }

    @Test
    void openConnectionsAreInTheDumpAtBothEnds() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        String echo = TestMesh.SERVER_IP + ":" + app.address().getPort();
        assertThat(client.proxy.openOutboundConnections())
                .singleElement()
                .satisfies(
                        c -> {
                            assertThat(c.originalDestination()).isEqualTo(echo);
                            assertThat(c.actualDestination())
                                    .isEqualTo(TestMesh.SERVER_IP + ":" + server.inboundPort());
                            assertThat(c.protocol()).isEqualTo("HBONE");
                        });
        Socket second = client.dial(app.address());
        echoOnce(second);
        assertThat(client.proxy.openOutboundConnections()).hasSize(2);
        // In one tunnel to one place.
        assertThat(server.proxy.inboundConnections())
                .singleElement()
                .satisfies(
                        c -> {
                            assertThat(c.actualDestination()).isEqualTo(echo);
                            assertThat(c.protocol()).isEqualTo("HBONE");
                        });
        close(socket);
        close(second);
        await().until(() -> client.proxy.openOutboundConnections().isEmpty());
        await().until(() -> server.proxy.inboundConnections().isEmpty());
    }

    @Test
    void deniedConnectionIsClosedAndSaysWhoDeniedIt() throws Exception {
        denyClient("no-client");
        Socket socket = client.dial(app.address());
        assertEnds(socket);

        assertThat(server.line("connection complete"))
                .contains("\terror\taccess\t")
                .contains(
                        "error=\"connection closed due to policy rejection: explicitly denied by:"
                                + " shop/no-client\"")
                .contains("error.code=\"POLICY_DENIED\"");
        assertThat(client.line("connection complete"))
                .contains("error=\"http status: 401 Unauthorized\"");
        assertThat(
                        server.metric(
                                "istio_tcp_connections_failed_total",
                                DESTINATION,
                                "response_flags=\"DENY\""))
                .isEqualTo(1);
        assertThat(
                        client.metric(
                                "istio_tcp_connections_failed_total",
                                SOURCE,
                                "response_flags=\"CONNECT\""))
                .isEqualTo(1);
    }

    private void denyClient(String name) {
        mesh.policy(
                name,
                Authorization.Action.DENY,
                TestMesh.principals(
                        List.of(
                                new Authorization.StringMatch.Exact(
                                        "cluster.local/ns/shop/sa/client"))));
    }

    @Test
    void policyChangeCutsAnOpenConnection() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        denyClient("late");
        assertEnds(socket);

        assertThat(server.line("connection complete"))
                .contains("error=\"connection closed due to policy change\"")
                .contains("bytes_sent=11 bytes_recv=11");
        assertThat(
                        server.metric(
                                "istio_tcp_connections_closed_total",
                                DESTINATION,
                                "response_flags=\"DENY\""))
                .isEqualTo(1);
    }

    @Test
    void policyForOthersLeavesAnOpenConnectionAlone() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        mesh.policy(
                "others",
                Authorization.Action.DENY,
                TestMesh.principals(List.of(new Authorization.StringMatch.Exact("somebody"))));
        echoOnce(socket);
        close(socket);
    }

    /** The reference evaluates against the workload as it was when the connection began. */
    @Test
    void policyThatIsAttachedLaterCutsAnOpenConnection() throws Exception {
        mesh.policy(
                "selected",
                Authorization.Scope.WORKLOAD_SELECTOR,
                Authorization.Action.DENY,
                TestMesh.principals(
                        List.of(
                                new Authorization.StringMatch.Exact(
                                        "cluster.local/ns/shop/sa/client"))),
                false);
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        mesh.apply(
                MeshUpdate.builder()
                        .workload(TestMesh.selected("server", TestMesh.SERVER_IP, "shop/selected"))
                        .build());
        assertEnds(socket);
        assertThat(server.line("connection complete"))
                .contains("error=\"connection closed due to policy change\"");
    }

    @Test
    void policyChangeDuringADrainLeavesOpenConnectionsAlone() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        server.proxy.drain(PodProxy.Drain.GRACEFUL);
        denyClient("late");
        echoOnce(socket);
        close(socket);
    }

    @Test
    void outboundConnectionsAreNotTheBusinessOfPolicies() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        // Whatever it says of the client as a destination.
        mesh.policy(
                "self",
                Authorization.Scope.WORKLOAD_SELECTOR,
                Authorization.Action.DENY,
                TestMesh.principals(List.of(new Authorization.StringMatch.Presence())),
                false);
        mesh.apply(
                MeshUpdate.builder()
                        .workload(TestMesh.selected("client", TestMesh.CLIENT_IP, "shop/self"))
                        .build());
        echoOnce(socket);
        close(socket);
    }

    @Test
    void connectionIsTrackedBeforePoliciesAreAsked() throws Exception {
        java.util.concurrent.atomic.AtomicInteger tracked =
                new java.util.concurrent.atomic.AtomicInteger(-1);
        server.duringDryRun = () -> tracked.set(server.proxy.inboundConnections().size());
        mesh.policy(
                "watch",
                Authorization.Scope.NAMESPACE,
                Authorization.Action.DENY,
                TestMesh.principals(List.of(new Authorization.StringMatch.Presence())),
                true);
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        assertThat(tracked).hasValue(1);
        close(socket);
    }

    @Test
    void applicationThatIsDownIsAnsweredWith503() throws Exception {
        InetSocketAddress gone = app.address();
        app.close();
        Socket socket = client.dial(gone);
        assertEnds(socket);

        assertThat(server.line("connection complete")).contains("error=\"connection failed: ");
        assertThat(client.line("connection complete"))
                .contains("error=\"http status: 503 Service Unavailable\"");
        assertThat(
                        server.metric(
                                "istio_tcp_connections_failed_total",
                                DESTINATION,
                                "response_flags=\"CONNECT\""))
                .isEqualTo(1);
    }

    @Test
    void unknownDestinationIsDialledAsItIs() throws Exception {
        try (Socket socket = client.dial(TestMesh.at("127.0.0.9", app.address().getPort()))) {
            assertEnds(socket);
        }
        assertThat(client.line("connection complete", "dst.addr=127.0.0.9:"))
                .contains("error=\"io error: ")
                .doesNotContain("dst.workload");
        assertThat(
                        client.metric(
                                "istio_tcp_connections_closed_total",
                                SOURCE,
                                "connection_security_policy=\"unknown\""))
                .isEqualTo(1);
    }

    @Test
    void podWithoutWorkloadIsDeniedAfterTheWait() throws Exception {
        TestPod stranger = mesh.unknownPod("stranger", TestPod.Options.DEFAULTS);
        assertEnds(stranger.dial(app.address()));
        assertEnds(stranger.plain(app.address()));
        assertEnds(stranger.raw());

        String why =
                "error=\"failed to fetch information about local workload: stranger.shop"
                        + " (stranger)\"";
        stranger.line("\twarn\taccess\tconnection failed", "direction=\"outbound\"", why);
        stranger.line("\twarn\taccess\tconnection failed", "direction=\"inbound\"", why);
        assertThat(stranger.metric("istio_tcp_connections_opened_total")).isZero();
        await().until(() -> stranger.metric("istio_tcp_sockets_open") == 0);
        assertThat(stranger.proxy.openConnections()).isZero();
    }

    @Test
    void workloadThatBecomesKnownInTimeIsServed() throws Exception {
        TestPod late = mesh.unknownPod("late", TestPod.Options.DEFAULTS.tunnelsTo(server));
        Socket socket = late.dial(app.address());
        mesh.apply(MeshUpdate.builder().workload(TestMesh.workload("late", "127.0.0.5")).build());
        echoOnce(socket);
        close(socket);
    }

    @Test
    void callToOurOwnPortIsRefused() throws Exception {
        assertEnds(client.dial(TestMesh.at("127.0.0.1", TestPod.OWN_PORT)));
        client.line(
                "connection failed",
                "direction=\"outbound\"",
                "error=\"attempted recursive call to ourselves\"");
        assertThat(client.metric("istio_tcp_connections_opened_total")).isZero();
    }

    @Test
    void plainTextToOurOwnPortsIsRefusedWhateverTheAddress() throws Exception {
        assertEnds(server.plain(TestMesh.at(TestMesh.SERVER_IP, 15008)));
        server.line(
                "connection failed",
                "direction=\"inbound\"",
                "error=\"attempted recursive call to ourselves\"");
    }

    @Test
    void plainTextIsServedWithoutAnIdentity() throws Exception {
        Socket socket = server.plain(app.address());
        echoOnce(socket);
        close(socket);
        assertThat(server.line("connection complete"))
                .contains("dst.addr=" + TestMesh.SERVER_IP + ":" + app.address().getPort())
                .contains("bytes_sent=11 bytes_recv=11")
                .doesNotContain("identity")
                .doesNotContain("hbone_addr");
    }

    @Test
    void strictModeRefusesPlainTextAndServesTunnels() throws Exception {
        mesh.policy("strict", Authorization.Action.DENY, TestMesh.withoutPrincipal());
        assertEnds(server.plain(app.address()));
        assertThat(server.line("connection complete", "error="))
                .contains("explicitly denied by: shop/strict");
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        close(socket);
    }

    @Test
    void gracefulDrainWaitsForOpenConnectionsAndTakesNoNewOnes() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        CompletableFuture<Void> drained =
                client.proxy.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture();
        echoOnce(socket);
        assertThat(drained).isNotDone();
        assertThatThrownBy(() -> client.dial(app.address())).isInstanceOf(IOException.class);

        close(socket);
        drained.get(10, TimeUnit.SECONDS);
        assertThat(client.line("connection complete")).doesNotContain("error");
        assertThat(client.metric("workload_manager_proxies_stopped_total")).isEqualTo(1);
    }

    @Test
    void drainOfTheServerEndsTheTunnelAfterItsLastStream() throws Exception {
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        CompletableFuture<Void> drained =
                server.proxy.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture();
        echoOnce(socket);
        close(socket);
        drained.get(10, TimeUnit.SECONDS);
        assertThat(server.line("connection complete")).doesNotContain("error");
        assertThat(server.metric("istio_tcp_sockets_open", DESTINATION)).isZero();
    }

    @Test
    void drainCutsWhatIsLeftAtItsDeadline() throws Exception {
        start(TestPod.Options.DEFAULTS.drainLimit(Duration.ofMillis(100)));
        Socket socket = client.dial(app.address());
        echoOnce(socket);
        server.proxy.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertEnds(socket);
        assertDrained(server, DESTINATION);
    }

    @Test
    void immediateDrainCutsEveryConnectionForThatReason() throws Exception {
        Socket first = client.dial(app.address());
        echoOnce(first);
        Socket second = client.dial(app.address());
        echoOnce(second);
        client.proxy
                .drain(PodProxy.Drain.IMMEDIATE)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        assertEnds(first);
        assertEnds(second);
        assertDrained(client, SOURCE);
        await().until(() -> client.lines().size() == 2);
        assertThat(client.lines()).allMatch(line -> line.contains("due to connection drain"));
        assertThat(client.proxy.openConnections()).isZero();
        await().until(() -> server.metric("istio_tcp_sockets_open", DESTINATION) == 0);
    }

    private static void assertDrained(TestPod pod, String reporter) {
        pod.line(
                "\terror\taccess\tconnection complete",
                "error=\"connection closed due to connection drain\"",
                "error.code=\"DRAINED\"");
        assertThat(pod.metric("istio_tcp_connections_closed_total", reporter))
                .isEqualTo(pod.metric("istio_tcp_connections_opened_total", reporter));
        assertThat(pod.metric("istio_tcp_connections_failed_total", reporter)).isZero();
    }

    @Test
    void failedHandshakeIsToldAndCounted() throws Exception {
        Socket socket = server.raw();
        say(socket, "GET / HTTP/1.1\r\n\r\n");
        server.line("connection failed", "direction=\"inbound\"", "error=\"tls handshake error: ");
        await().until(
                        () ->
                                server.metric(
                                                "ztunnel_tls_handshakes_total",
                                                DESTINATION,
                                                "failure")
                                        == 1);
        await().until(() -> server.metric("istio_tcp_sockets_open", DESTINATION) == 0);
        socket.close();
    }
}
