package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.process.NamespaceProcesses;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The supervisor with real namespaces and processes and a node agent that only takes notes. */
class SupervisorTest {
    private static final SandboxNames NAMES = new SandboxNames("supt");

    @TempDir Path folder;
    private final EventLog log =
            new EventLog(
                    new PrintStream(PrintStream.nullOutputStream()), Clock.system(ZoneOffset.UTC));
    private final List<String> agentCalls = new CopyOnWriteArrayList<>();
    private TestMesh mesh = new TestMesh("supt", Path.of("/"));
    private Supervisor supervisor;

    private final class NotingAgent implements CaptureAgent {
        @Override
        public boolean capture(Pod pod) {
            agentCalls.add("capture " + pod.name());
            return true;
        }

        @Override
        public void release(Pod pod) {
            agentCalls.add("release " + pod.name());
        }

        @Override
        public void forget(Pod pod) {
            agentCalls.add("forget " + pod.name());
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void up() throws Exception {
        mesh = new TestMesh("supt", folder).write();
        supervisor = Supervisor.start(mesh.options(), (node, socket) -> new NotingAgent(), log);
        awaitReady();
    }

    @AfterEach
    void down() throws Exception {
        List<Path> spaces = NAMES.existing().stream().map(SandboxNames::path).toList();
        supervisor.close();
        assertThat(NAMES.existing()).isEmpty();
        assertThat(NAMES.existingEtc()).isEmpty();
        assertThat(NamespaceProcesses.in(spaces)).isEmpty();
        assertThat(StateDirectory.of(NAMES).folder()).doesNotExist();
    }

    private void awaitReady() {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(supervisor.notReady()).isEmpty());
    }

    private Map<?, ?> pod(String name) throws IOException {
        if (supervisor.status().get("pods") instanceof List<?> pods) {
            for (Object pod : pods) {
                if (pod instanceof Map<?, ?> map && name.equals(map.get("name"))) {
                    return map;
                }
            }
        }
        return Map.of();
    }

    private static boolean connects(String pod, String address, int port) throws IOException {
        try (NetworkNamespace space = NetworkNamespace.named(NAMES.pod("shop", pod));
                SocketChannel socket = space.call(SocketChannel::open)) {
            socket.socket()
                    .connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 2_000);
            return true;
        } catch (java.net.ConnectException refused) {
            return false;
        }
    }

    @Test
    void manifestsBecomeAMeshAndEditsAreFollowed() throws Exception {
        // Services lead to ready pods, in both families.
        assertThat(connects("client", "10.4.7.7", 80)).isTrue();
        assertThat(connects("client", "fd00:10:4::77", 80)).isTrue();
        Path objects = StateDirectory.of(NAMES).objects();
        assertThat(objects).content().contains("name: server").contains("10.4.7.7");

        // A label captures, its removal releases, and the control plane is told.
        mesh.namespace("shop", "istio.io/dataplane-mode: ambient");
        await().untilAsserted(() -> assertThat(pod("server").get("captured")).isEqualTo(true));
        await().untilAsserted(() -> assertThat(pod("client").get("captured")).isEqualTo(true));
        await().until(
                        () ->
                                Files.readString(objects)
                                        .contains("ambient.istio.io/redirection: enabled"));
        mesh.namespace("shop", "");
        await().untilAsserted(() -> assertThat(pod("server").get("captured")).isEqualTo(false));
        assertThat(agentCalls)
                .contains("capture server", "capture client", "release server")
                .doesNotContain("capture istiod");

        // A broken document takes nothing with it and is named once.
        mesh.put("broken", "kind: Service\nspec: [");
        await().until(
                        () ->
                                String.valueOf(supervisor.status().get("problems"))
                                        .contains("broken.yaml"));
        assertThat(pod("server").get("ready")).isEqualTo(true);

        // A pod that ends is started again; one whose manifest goes is removed with its namespace.
        Object before = pod("server").get("pid");
        supervisor.restart("server.shop");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> {
                            assertThat(pod("server").get("pid")).isNotNull().isNotEqualTo(before);
                            assertThat(pod("server").get("ready")).isEqualTo(true);
                        });
        Files.delete(mesh.manifests().resolve("server.yaml"));
        await().until(() -> pod("server").isEmpty());
        await().until(() -> !Files.exists(SandboxNames.path(NAMES.pod("shop", "server"))));
        await().untilAsserted(() -> assertThat(connects("client", "10.4.7.7", 80)).isFalse());

        // The control plane goes and comes.
        supervisor.controlPlane(false);
        await().until(() -> pod("istiod").get("pid") == null);
        assertThat(pod("client").get("pid")).isNotNull();
        supervisor.controlPlane(true);
        await().until(() -> pod("istiod").get("pid") != null);

        assertThatThrownBy(() -> supervisor.restart("nobody"))
                .isInstanceOf(IOException.class)
                .hasMessage("no pod is called 'nobody'");
    }

    @Test
    void aPodOfANodeThatIsNotThereStaysPendingAlone() throws Exception {
        mesh.put("twin", TestMesh.pod("shop", "twin", "twin", "node9", "exec sleep 600", ""));
        mesh.put("late", TestMesh.pod("shop", "late", "late", "node2", "exec sleep 600", ""));

        await().until(() -> pod("late").get("pid") != null);
        assertThat(pod("twin")).isEmpty();
        assertThat(String.valueOf(supervisor.status().get("problems"))).contains("node9");
    }
}
