package io.ztunnel.daemon.proxy;

import static io.ztunnel.daemon.proxy.TestSockets.echoes;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.daemon.config.Config;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;

/** What one pod may have: refused beyond, with a line and a counter, and free again afterwards. */
class PodLimitsTest {
    private static final String REACHED = "ztunnel_pod_limit_reached_total";

    private final TestMesh mesh = new TestMesh();
    private EchoApp app;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
    }

    private static TestPod.Options limits(int connections, int handshakes) {
        return TestPod.Options.DEFAULTS.limits(
                new Config.PodLimits(connections, 1 << 20, handshakes));
    }

    private TestPod server(TestPod.Options options) throws Exception {
        return mesh.pod("server", TestMesh.SERVER_IP, options);
    }

    private TestPod client(TestPod.Options options, TestPod server) throws Exception {
        return mesh.pod("client", TestMesh.CLIENT_IP, options.tunnelsTo(server));
    }

    @Test
    void aClientBeyondItsConnectionsIsRefusedAndServedOnceOneHasEnded() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(limits(2, 100), server);
        Socket first = client.dial(app.address());
        Socket second = client.dial(app.address());
        assertThat(echoes(first)).isTrue();
        assertThat(echoes(second)).isTrue();
        try (Socket third = client.dial(app.address())) {
            assertThat(echoes(third)).isFalse();
        }
        assertThat(client.line("connection failed"))
                .contains("the pod has 2 connections already")
                .contains("CONNECTION_LIMIT")
                .contains("ZTUNNEL_POD_MAX_CONNECTIONS");
        assertThat(client.metric(REACHED, "limit=\"connections\"")).isEqualTo(1);

        first.close();
        client.line("connection complete");
        try (Socket next = client.dial(app.address())) {
            assertThat(echoes(next)).isTrue();
        }
        second.close();
    }

    @Test
    void aServerBeyondItsConnectionsAnswersWith503AndKeepsThoseItHas() throws Exception {
        // The tunnel is one of them.
        TestPod server = server(limits(2, 100));
        TestPod client = client(TestPod.Options.DEFAULTS, server);
        try (Socket first = client.dial(app.address())) {
            assertThat(echoes(first)).isTrue();
            try (Socket second = client.dial(app.address())) {
                assertThat(echoes(second)).isFalse();
            }
            assertThat(client.line("http status: 503")).contains("\terror\taccess");
            assertThat(server.line("the pod has 2 connections already"))
                    .contains("CONNECTION_LIMIT")
                    .contains("direction=\"inbound\"");
            assertThat(echoes(first)).isTrue();
        }
    }

    @Test
    void plainConnectionsCountOnce() throws Exception {
        TestPod server = server(limits(1, 100));
        try (Socket first = server.plain(app.address())) {
            assertThat(echoes(first)).isTrue();
            try (Socket second = server.plain(app.address())) {
                assertThat(echoes(second)).isFalse();
            }
            assertThat(server.metric(REACHED, "limit=\"connections\"")).isEqualTo(1);
        }
    }

    @Test
    void handshakesBeyondTheRateAreRefusedAtTheServer() throws Exception {
        TestPod server = server(limits(100, 2));
        Socket[] sockets = new Socket[6];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = server.raw();
        }
        assertThat(server.line("connection failed", "2 TLS handshakes within a second"))
                .contains("HANDSHAKE_LIMIT")
                .contains("ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND");
        assertThat(server.metric(REACHED, "limit=\"handshakes\"")).isPositive();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void whoKnocksDoesNotUseUpWhatThePodMayDial() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(limits(100, 1), server);
        for (int i = 0; i < 3; i++) {
            client.raw().close();
        }
        client.line("1 TLS handshakes within a second", "direction=\"inbound\"");
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isTrue();
        }
    }

    @Test
    void handshakesBeyondTheRateAreNotBegunByTheClient() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(limits(100, 0), server);
        try (Socket refused = client.dial(app.address())) {
            assertThat(echoes(refused)).isFalse();
        }
        assertThat(client.line("connection complete"))
                .contains("0 TLS handshakes within a second")
                .contains("HANDSHAKE_LIMIT");
        assertThat(client.metric(REACHED, "limit=\"handshakes\"")).isEqualTo(1);
        assertThat(server.metric("istio_tcp_sockets_open")).isZero();
    }

    @Test
    void handshakesAreCountedBySecond() throws Exception {
        TestPod server = server(limits(100, 1));
        Socket[] sockets = new Socket[6];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = server.raw();
        }
        server.line("connection failed", "1 TLS handshakes within a second");
        for (Socket socket : sockets) {
            socket.close();
        }
        TestPod client = client(TestPod.Options.DEFAULTS, server);
        org.awaitility.Awaitility.await()
                .until(
                        () -> {
                            try (Socket later = client.dial(app.address())) {
                                return echoes(later);
                            }
                        });
    }

    @Test
    void connectionsThatWereRefusedDoNotCount() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(limits(1, 100), server);
        Socket only = client.dial(app.address());
        assertThat(echoes(only)).isTrue();
        for (int i = 0; i < 3; i++) {
            try (Socket refused = client.dial(app.address())) {
                assertThat(echoes(refused)).isFalse();
            }
        }
        only.close();
        client.line("connection complete");
        try (Socket next = client.dial(app.address())) {
            assertThat(echoes(next)).isTrue();
        }
    }

    @Test
    void windowsOfAPodGrowWithinItsBytesOnly() throws Exception {
        TestPod server = server(withBytes(0));
        TestPod client = client(withBytes(0), server);
        transfer(client);
        assertThat(client.metric(REACHED, "limit=\"buffered_bytes\"")).isPositive();
        assertThat(server.metric(REACHED, "limit=\"buffered_bytes\"")).isPositive();
    }

    @Test
    void windowsOfAPodGrowAsLongAsThereIsRoom() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(TestPod.Options.DEFAULTS, server);
        transfer(client);
        assertThat(client.metric(REACHED)).isZero();
        assertThat(server.metric(REACHED)).isZero();
    }

    private static TestPod.Options withBytes(long bytes) {
        return TestPod.Options.DEFAULTS.limits(new Config.PodLimits(100, bytes, 100));
    }

    /** Far more than a window, there and back. */
    private void transfer(TestPod client) throws Exception {
        byte[] all = new byte[8 << 20];
        try (Socket socket = client.dial(app.address())) {
            Thread sender =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            socket.getOutputStream().write(all);
                                        } catch (IOException cut) {
                                            // The reader notices.
                                        }
                                    });
            assertThat(socket.getInputStream().readNBytes(all.length)).hasSize(all.length);
            sender.join();
        }
    }

    @Test
    void connectionsThatShareATunnelNeedOneHandshake() throws Exception {
        TestPod server = server(TestPod.Options.DEFAULTS);
        TestPod client = client(limits(100, 1), server);
        try (Socket first = client.dial(app.address());
                Socket second = client.dial(app.address())) {
            assertThat(echoes(first)).isTrue();
            assertThat(echoes(second)).isTrue();
        }
        assertThat(client.metric(REACHED)).isZero();
    }
}
