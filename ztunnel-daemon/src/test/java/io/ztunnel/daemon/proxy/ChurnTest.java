package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Many connections that come and go leave nothing behind: no descriptor, no tunnel, no entry. */
class ChurnTest {
    private static final int CONNECTIONS = 2_000;
    private static final int AT_A_TIME = 32;

    private final TestMesh mesh = new TestMesh();
    private EchoApp app;
    private TestPod server;
    private TestPod client;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
        TestPod.Options options = TestPod.Options.DEFAULTS.idle(Duration.ofSeconds(1));
        server = mesh.pod("server", TestMesh.SERVER_IP, options);
        client = mesh.pod("client", TestMesh.CLIENT_IP, options.tunnelsTo(server));
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private String echo() throws IOException {
        try (Socket socket = client.dial(app.address())) {
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
            socket.shutdownOutput();
            return answer + socket.getInputStream().read();
        }
    }

    private void settle() {
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                client.proxy.openConnections() == 0
                                        && server.proxy.openConnections() == 0);
    }

    @Test
    void descriptorsAndTunnelsAreBackAtTheBaseLine() throws Exception {
        assertThat(echo()).isEqualTo("hello-1");
        settle();
        long before = openDescriptors();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                answers.add(threads.submit(this::echo));
            }
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo("hello-1");
            }
        }
        settle();
        await().atMost(Duration.ofSeconds(10)).until(() -> openDescriptors() <= before);
        assertThat(client.metric("istio_tcp_sockets_open")).isZero();
        assertThat(server.metric("istio_tcp_sockets_open")).isZero();
        assertThat(client.metric("istio_tcp_connections_opened_total"))
                .isEqualTo(CONNECTIONS + 1)
                .isEqualTo(client.metric("istio_tcp_connections_closed_total"));
        assertThat(client.proxy.openOutboundConnections()).isEmpty();
        assertThat(server.proxy.inboundConnections()).isEmpty();
    }
}
