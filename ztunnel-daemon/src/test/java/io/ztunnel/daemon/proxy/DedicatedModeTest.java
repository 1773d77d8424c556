package io.ztunnel.daemon.proxy;

import static io.ztunnel.daemon.proxy.TestSockets.echoes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.config.ListenAddress;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.LogFormat;
import io.ztunnel.daemon.telemetry.LogSink;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.policy.Authorization;
import io.ztunnel.store.MeshUpdate;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One workload in ztunnel's own namespace, and no node agent. */
class DedicatedModeTest {
    private final TestMesh mesh = new TestMesh();
    private final AtomicBoolean ready = new AtomicBoolean();
    private final LogSink sink =
            new LogSink(LogFormat.PLAIN, new ByteArrayOutputStream(), 1024).start();
    private EchoApp app;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
        mesh.apply(
                MeshUpdate.builder()
                        .workload(TestMesh.workload("server", TestMesh.SERVER_IP))
                        .build());
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
        assertThat(sink.close(Duration.ofSeconds(5))).isTrue();
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    private static final Map<String, String> DEDICATED =
            Map.of(
                    "PROXY_MODE",
                    "dedicated",
                    "PROXY_WORKLOAD_INFO",
                    "shop/server/server",
                    "ISTIO_META_DNS_PROXY_ADDR",
                    "localhost:0");

    /** Shared mode whose own pod is the server, beside an agent that is not there. */
    private static final Map<String, String> OWN_POD =
            Map.of(
                    "POD_NAME",
                    "server",
                    "POD_NAMESPACE",
                    "shop",
                    "SERVICE_ACCOUNT",
                    "server",
                    "INPOD_UDS",
                    "/nonexistent/agent.sock");

    private Pods dedicated(int hbonePort) throws IOException {
        return pods(hbonePort, DEDICATED);
    }

    private Pods pods(int hbonePort, Map<String, String> env) throws IOException {
        Map<String, String> variables = new HashMap<>(env);
        variables.put("FAKE_CA", "true");
        Config c = Config.from(variables, List.of(), FileProbe.SYSTEM, 2);
        ListenAddress.Socket any = ListenAddress.wildcard(true, 0);
        Config config =
                TestPod.with(
                        c,
                        new Config.Listeners(
                                true,
                                any,
                                any,
                                ListenAddress.wildcard(true, hbonePort),
                                null,
                                any,
                                any,
                                any),
                        c.behaviour(),
                        c.podLimits());
        return Pods.create(
                config,
                mesh.workers,
                mesh.handshakes,
                mesh.control,
                mesh.store,
                null,
                mesh.certificates,
                new Telemetry(
                        "test",
                        LogFilter.startingWith("info"),
                        sink,
                        InstantSource.system(),
                        System::nanoTime),
                ready::set,
                why -> {
                    throw new AssertionError(why);
                });
    }

    @Test
    void theWorkloadIsServedOnceItIsStartedAndDrainedAtTheEnd() throws Exception {
        int port = freePort();
        try (Pods pods = dedicated(port)) {
            assertThat(ready).as("there is no agent to wait for").isTrue();
            assertThat(pods.status()).isEmpty();
            pods.start();
            TestPod client =
                    mesh.pod(
                            "client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.tunnelsTo(port));
            try (Socket socket = client.dial(app.address())) {
                socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readNBytes(5)).hasSize(5);
            }
            assertThat(client.line("connection complete"))
                    .contains("dst.identity=\"spiffe://cluster.local/ns/shop/sa/server\"")
                    .doesNotContain("error");
            pods.drain().toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertThatThrownBy(() -> new Socket(TestMesh.SERVER_IP, port).close())
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void aPortThatIsTakenEndsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> dedicated(taken.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen for inbound");
        }
    }

    @Test
    void withoutTheProxyNothingListens() throws Exception {
        int port = freePort();
        Map<String, String> off = new HashMap<>(DEDICATED);
        off.put("ENABLE_PROXY", "false");
        try (Pods pods = pods(port, off)) {
            pods.start();
            assertThatThrownBy(() -> new Socket(TestMesh.SERVER_IP, port).close())
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void connectionsToZtunnelsOwnPodStayWhenPoliciesChange() throws Exception {
        int port = freePort();
        try (Pods pods = pods(port, OWN_POD)) {
            assertThat(ready).as("the agent has not spoken").isFalse();
            pods.start();
            TestPod client =
                    mesh.pod(
                            "client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.tunnelsTo(port));
            try (Socket open = client.dial(app.address())) {
                assertThat(echoes(open)).isTrue();
                mesh.policy(
                        "nobody",
                        Authorization.Action.DENY,
                        TestMesh.principals(List.of(new Authorization.StringMatch.Presence())));
                try (Socket late = client.dial(app.address())) {
                    assertThat(echoes(late)).as("new ones are judged").isFalse();
                }
                assertThat(echoes(open)).as("open ones are not").isTrue();
            }
        }
    }
}
