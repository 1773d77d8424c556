package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.identity.CertificateAuthorityClient;
import io.ztunnel.daemon.identity.LocalCertificateAuthority;
import io.ztunnel.daemon.identity.WorkloadCertificate;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.HboneClient;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.hbone.HboneStream;
import io.ztunnel.hbone.OutboundTunnel;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.hbone.TunnelKey;
import io.ztunnel.redirection.OwnNetwork;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.xds.LocalFileSource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What a peer that speaks HBONE by itself may ask for, and what happens without a certificate. */
class InboundProxyTest {
    private static final Identity PEER = new Identity("cluster.local", "shop", "client");

    private final HeldCa ca = new HeldCa();
    private final TestMesh mesh = new TestMesh(ca);

    /** Answers when it is told to. */
    private static final class HeldCa implements CertificateAuthorityClient {
        private final LocalCertificateAuthority local =
                new LocalCertificateAuthority(
                        new SecureRandom(), InstantSource.system(), Duration.ofHours(1));
        private final CompletableFuture<Void> open = new CompletableFuture<>();

        /** Who need not wait. */
        private volatile @Nullable Identity atOnce;

        @Override
        public CompletionStage<WorkloadCertificate> request(Identity identity) {
            return identity.equals(atOnce)
                    ? local.request(identity)
                    : open.thenCompose(go -> local.request(identity));
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() throws Exception {
        mesh.close();
    }

    private TestPod server() throws Exception {
        return mesh.pod("server", TestMesh.SERVER_IP, TestPod.Options.DEFAULTS);
    }

    private OutboundTunnel tunnelTo(TestPod server) throws Exception {
        return connectTo(server).get(10, TimeUnit.SECONDS);
    }

    private Future<OutboundTunnel> connectTo(TestPod server) throws Exception {
        List<String> accepted = List.of("spiffe://cluster.local/ns/shop/sa/server");
        TunnelKey key =
                new TunnelKey(
                        PEER.toString(),
                        accepted,
                        InetAddress.ofLiteral(TestMesh.CLIENT_IP),
                        TestMesh.at(TestMesh.SERVER_IP, server.inboundPort()));
        return HboneClient.connect(
                key,
                new OwnNetwork(SocketSettings.defaults()).newClient(false),
                mesh.workers.next(),
                mesh.tls.client(PEER, accepted).toCompletableFuture().get(10, TimeUnit.SECONDS),
                HboneSettings.DEFAULTS,
                ByteBudget.unlimited(),
                mesh.handshakes);
    }

    /** The status of the answer to a stream that is given up at once. */
    private static int status(OutboundTunnel tunnel, String authority) throws Exception {
        return request(tunnel, authority, StreamEnd::abort).get(10, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Integer> request(
            OutboundTunnel tunnel, String authority, Consumer<StreamEnd> accepted) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        tunnel.eventLoop().execute(() -> open(tunnel, authority, accepted, status));
        return status;
    }

    /** On the tunnel's loop. */
    private static void open(
            OutboundTunnel tunnel,
            String authority,
            Consumer<StreamEnd> accepted,
            CompletableFuture<Integer> status) {
        StreamEnd end = new StreamEnd();
        tunnel.connect(new ConnectRequest(authority, List.of(), null, "not-a-trace", null), end)
                .addListener(
                        (Future<HboneStream> answer) -> {
                            if (answer.isSuccess()) {
                                end.opened(answer.getNow());
                                accepted.accept(end);
                                status.complete(200);
                            } else {
                                status.complete(((HboneException) answer.cause()).status());
                            }
                        });
    }

    @Test
    void aServiceThatWasNotToldIsAskedForByItsHostName() throws Exception {
        ca.open.complete(null);
        ScriptedNames names = new ScriptedNames(mesh);
        mesh.names = names;
        TestPod server = server();
        try (EchoApp app = new EchoApp()) {
            names.knows(
                    "shop/echo.test",
                    LocalFileSource.inline(
                                    """
                                    services:
                                    - name: echo
                                      namespace: shop
                                      hostname: echo.test
                                      vips: []
                                      ports: {80: %d}
                                    """
                                            .formatted(app.address().getPort()))
                            .read()
                            .toUpdate());
            OutboundTunnel tunnel = tunnelTo(server);
            assertThat(status(tunnel, "echo.test:80")).isEqualTo(200);
            assertThat(names.asked)
                    .as("the service, then the peer for the record")
                    .containsExactly(Set.of("shop/echo.test"), Set.of("/" + TestMesh.CLIENT_IP));
            names.loses("shop/lost.test");
            assertThat(status(tunnel, "lost.test:80")).isEqualTo(503);
            assertThat(server.line("connection failed", "error="))
                    .contains("shop/lost.test in vain");
            tunnel.eventLoop().execute(tunnel::close);
        }
    }

    @Test
    void requestForAnotherAddressIs400() throws Exception {
        ca.open.complete(null);
        TestPod server = server();
        OutboundTunnel tunnel = tunnelTo(server);
        assertThat(status(tunnel, "127.0.0.9:8080")).isEqualTo(400);
        server.line(
                "\twarn\taccess\tconnection failed",
                "dst.addr=127.0.0.3:" + server.inboundPort(),
                "error=\"ip mismatch: 127.0.0.3 != 127.0.0.9\"");
        assertThat(server.metric("istio_tcp_connections_opened_total")).isZero();
        tunnel.eventLoop().execute(tunnel::close);
    }

    @Test
    void requestForOurOwnPortIs503() throws Exception {
        ca.open.complete(null);
        TestPod server = server();
        OutboundTunnel tunnel = tunnelTo(server);
        assertThat(status(tunnel, "127.0.0.3:" + TestPod.OWN_PORT)).isEqualTo(503);
        server.line("connection failed", "error=\"attempted recursive call to ourselves\"");
        tunnel.eventLoop().execute(tunnel::close);
    }

    @Test
    void malformedRequestsAndTracesDoNotDisturbTheOtherStreams() throws Exception {
        ca.open.complete(null);
        try (EchoApp app = new EchoApp()) {
            TestPod server = server();
            OutboundTunnel tunnel = tunnelTo(server);
            assertThat(status(tunnel, "no-port-here")).isEqualTo(400);
            assertThat(status(tunnel, "unknown.host:80")).isEqualTo(503);
            assertThat(status(tunnel, "127.0.0.3:" + app.address().getPort())).isEqualTo(200);
            server.line("connection complete");
            tunnel.eventLoop().execute(tunnel::close);
        }
    }

    @Test
    void applicationThatTakesTheProxyProtocolHearsOfTheClientBeforeItSpeaks() throws Exception {
        ca.open.complete(null);
        try (ServerSocket app = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            app.setSoTimeout(10_000);
            TestPod server = server();
            mesh.apply(
                    MeshUpdate.builder()
                            .workload(TestMesh.proxied("server", app.getLocalPort()))
                            .build());
            OutboundTunnel tunnel = tunnelTo(server);
            CompletableFuture<Integer> status = request(tunnel, "10.1.2.3:80", end -> {});
            try (Socket connection = app.accept()) {
                connection.setSoTimeout(10_000);
                byte[] header = connection.getInputStream().readNBytes(28);
                assertThat(status.get(10, TimeUnit.SECONDS)).isEqualTo(200);
                assertThat(header).startsWith('\r', '\n', '\r', '\n', 0, '\r', '\n');
                assertThat(header[13]).as("TCP over IPv4").isEqualTo((byte) 0x11);
                assertThat(Arrays.copyOfRange(header, 16, 24))
                        .as("from the peer to what it asked for")
                        .containsExactly(127, 0, 0, 1, 10, 1, 2, 3);
            }
            tunnel.eventLoop().execute(tunnel::close);
        }
    }

    @Test
    void clientThatWaitsForTheCertificateIsServedWithWhatItSaidMeanwhile() throws Exception {
        try (EchoApp app = new EchoApp()) {
            TestPod server = server();
            TestPod client =
                    mesh.pod(
                            "client",
                            TestMesh.CLIENT_IP,
                            TestPod.Options.DEFAULTS.tunnelsTo(server));
            Socket early = server.raw();
            early.getOutputStream().write("not TLS".getBytes(StandardCharsets.US_ASCII));
            Socket socket = client.dial(app.address());
            socket.getOutputStream().write(42);
            await().until(() -> server.metric("istio_tcp_sockets_open") == 1);
            assertThat(server.lines()).isEmpty();

            ca.open.complete(null);
            assertThat(socket.getInputStream().read()).isEqualTo(42);
            socket.close();
            server.line("connection failed", "error=\"tls handshake error: ");
            early.close();
        }
    }

    @Test
    void clientThatLeavesWhileTheCertificateIsAwaitedIsLetGo() throws Exception {
        TestPod server = server();
        Socket socket = server.raw();
        socket.getOutputStream().write("anything".getBytes(StandardCharsets.US_ASCII));
        await().until(() -> server.proxy.openConnections() == 1);
        socket.close();
        await().until(() -> server.metric("istio_tcp_sockets_open") == 0);
        assertThat(server.proxy.openConnections()).isZero();
        server.line("connection failed", "the client left while it was awaited");
    }

    @Test
    void aClientInItsHandshakeWhenADrainBeginsIsServed() throws Exception {
        try (EchoApp app = new EchoApp()) {
            ca.atOnce = PEER;
            TestPod server = server();
            Future<OutboundTunnel> connecting = connectTo(server);
            await().until(() -> server.proxy.openConnections() == 1);
            CompletableFuture<Void> drained =
                    server.proxy.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture();
            CompletableFuture<Integer> status = new CompletableFuture<>();
            String authority = "127.0.0.3:" + app.address().getPort();
            // At once, before it hears that the server is leaving.
            connecting.addListener(
                    up -> open(connecting.getNow(), authority, StreamEnd::abort, status));
            ca.open.complete(null);
            assertThat(status.get(10, TimeUnit.SECONDS)).isEqualTo(200);
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void drainCutsAClientThatAwaitsTheCertificate() throws Exception {
        TestPod server = server();
        try (Socket socket = server.raw()) {
            await().until(() -> server.proxy.openConnections() == 1);
            server.proxy
                    .drain(PodProxy.Drain.GRACEFUL)
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            server.line("error=\"connection closed due to connection drain\"");
            assertThat(server.lines()).hasSize(1);
        }
    }
}
