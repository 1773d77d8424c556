package io.ztunnel.daemon.proxy;

import static io.ztunnel.daemon.proxy.TestSockets.echoes;
import static io.ztunnel.daemon.proxy.TestSockets.ends;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.daemon.identity.RevocationLists;
import io.ztunnel.daemon.identity.RevokingCa;
import io.ztunnel.store.Identity;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** Certificates that are taken back: before a handshake, and under open connections. */
class RevocationTest {
    private static final Identity CLIENT = new Identity("cluster.local", "shop", "client");
    private static final Identity SERVER = new Identity("cluster.local", "shop", "server");
    private static final String REJECTIONS = "istio_crl_policy_rejections_total";
    private static final String REVOKED = "connection closed: peer certificate revoked by CRL";

    @TempDir Path directory;

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final RevokingCa ca = RevokingCa.root();
    private final AtomicInteger refusedByServer = new AtomicInteger();
    private final AtomicInteger refusedByClient = new AtomicInteger();
    private EchoApp app;
    private TestMesh mesh;
    private TestPod server;
    private TestPod client;
    private RevocationLists lists;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
        lists =
                RevocationLists.start(
                        file(),
                        scheduler,
                        byServer ->
                                (byServer ? refusedByServer : refusedByClient).incrementAndGet());
        mesh = new TestMesh(ca, lists);
        server = mesh.pod("server", TestMesh.SERVER_IP, TestPod.Options.DEFAULTS);
        client = mesh.pod("client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.tunnelsTo(server));
    }

    @AfterEach
    void stop() throws Exception {
        lists.close();
        mesh.close();
        app.close();
        scheduler.shutdownNow();
    }

    private Path file() {
        return directory.resolve("crl.pem");
    }

    /** As the daemon does with its pods. */
    private void recheck(TestPod... pods) {
        lists.onChange(
                () -> {
                    for (TestPod pod : pods) {
                        pod.proxy.recheckCertificates();
                    }
                });
    }

    @Test
    void anOpenConnectionOfARevokedClientIsCutAtTheServer() throws Exception {
        recheck(server);
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isTrue();
            Files.writeString(file(), ca.revoke(CLIENT));
            assertThat(ends(socket)).isTrue();
        }
        assertThat(server.line("connection complete")).contains(REVOKED);
        assertThat(
                        server.metric(
                                "istio_tcp_connections_closed_total",
                                "response_flags=\"CERT_REVOKED\""))
                .isEqualTo(1);
        assertThat(server.metric(REJECTIONS, "reporter=\"destination\"")).isEqualTo(1);
        assertThat(client.metric(REJECTIONS)).isZero();
    }

    @Test
    void anOpenConnectionToARevokedServerIsCutAtTheClient() throws Exception {
        recheck(client);
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isTrue();
            Files.writeString(file(), ca.revoke(SERVER));
            assertThat(ends(socket)).isTrue();
        }
        assertThat(client.line("connection complete")).contains(REVOKED);
        assertThat(client.metric(REJECTIONS, "reporter=\"source\"")).isEqualTo(1);
    }

    @Test
    void aRevocationOfOthersLeavesAnOpenConnectionAlone() throws Exception {
        AtomicInteger checks = new AtomicInteger();
        lists.onChange(
                () -> {
                    server.proxy.recheckCertificates();
                    client.proxy.recheckCertificates();
                    checks.incrementAndGet();
                });
        Identity other = new Identity("cluster.local", "shop", "other");
        ca.request(other);
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isTrue();
            Files.writeString(file(), ca.revoke(other));
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> assertThat(checks).hasPositiveValue());
            assertThat(echoes(socket)).isTrue();
        }
    }

    @Test
    void theNextHandshakeOfARevokedPeerIsRefused() throws Exception {
        AtomicInteger checks = new AtomicInteger();
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isTrue();
        }
        // Cuts the idle tunnel at the client only, so that both ends meet in a new handshake.
        lists.onChange(
                () -> {
                    client.proxy.recheckCertificates();
                    checks.incrementAndGet();
                });
        Files.writeString(file(), ca.revoke(SERVER));
        org.awaitility.Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(client.metric(REJECTIONS, "reporter=\"source\""))
                                        .isEqualTo(1));
        try (Socket socket = client.dial(app.address())) {
            assertThat(echoes(socket)).isFalse();
        }
        assertThat(client.line("error=")).contains("certificate revoked").contains("io error");
        assertThat(refusedByClient).hasPositiveValue();
        assertThat(refusedByServer).hasValue(0);
    }
}
