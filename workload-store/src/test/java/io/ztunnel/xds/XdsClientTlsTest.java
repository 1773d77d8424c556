package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.ztunnel.store.MeshStore;
import io.ztunnel.xds.TestAuthority.Issued;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Over real sockets and real TLS. */
@Timeout(60)
class XdsClientTlsTest {
    private static final String ISTIOD = "istiod.istio-system.svc";

    @TempDir private Path dir;
    private final MultiThreadIoEventLoopGroup control =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final FakeControlPlane plane = new FakeControlPlane();
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final TestAuthority authority = authority();
    private @Nullable Server server;
    private @Nullable XdsClient client;
    private String host = "localhost";

    private static TestAuthority authority() {
        try {
            return new TestAuthority("mesh root");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (client != null) {
            client.close();
        }
        if (server != null) {
            server.shutdownNow().awaitTermination();
        }
        control.shutdownGracefully(0, 5, TimeUnit.SECONDS).await();
    }

    private int startServer(int port, Issued issued, String protocol, String... groups)
            throws Exception {
        SslContextBuilder tls =
                GrpcSslContexts.configure(
                                SslContextBuilder.forServer(
                                        issued.keys().getPrivate(), issued.certificate()),
                                SslProvider.OPENSSL)
                        .protocols(protocol);
        if (groups.length > 0) {
            tls.option(OpenSslContextOption.GROUPS, groups);
        }
        Server started =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getByName(host), port))
                        .sslContext(tls.build())
                        .directExecutor()
                        .addService(plane.service())
                        .build()
                        .start();
        server = started;
        return started.getPort();
    }

    private void startClient(
            int port,
            RootCertificates roots,
            @Nullable String alternate,
            boolean tls12,
            boolean postQuantum) {
        XdsSettings settings =
                new XdsSettings(
                        new ControlPlane(
                                URI.create("https://" + host + ":" + port),
                                roots,
                                alternate,
                                tls12,
                                postQuantum),
                        new RequestHeaders(Map.of(), new BearerToken.Literal("t"), "c1"),
                        XdsNode.of("10.0.0.9", "zt", "istio-system", "n1", Map.of()),
                        false);
        XdsClient started =
                new XdsClient(
                        settings,
                        new MeshStore("n1"),
                        control.next(),
                        new XdsListener() {
                            @Override
                            public void disconnected(
                                    Termination reason, String detail, Duration wait) {
                                ends.add(reason.label() + " " + detail);
                            }
                        });
        client = started;
        started.start();
    }

    private String nextEnd() throws InterruptedException {
        String end = ends.poll(20, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("the attempt did not end");
        }
        return end;
    }

    private RootCertificates trusted() throws Exception {
        return new RootCertificates.Inline(authority.pem());
    }

    @Test
    void speaksToAnIpv6Address() throws Exception {
        host = "[::1]";
        int port = startServer(0, authority.issue(ISTIOD), "TLSv1.3");
        startClient(port, trusted(), ISTIOD, false, false);
        FakeControlPlane.Stream stream = plane.acceptSubscribed();
        assertThat(stream.exchange(WireFixture.response(WireFixture.WDS, "1")).getResponseNonce())
                .isEqualTo("1");
    }

    @Test
    void speaksOverTls() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.3");
        startClient(port, trusted(), null, false, false);
        FakeControlPlane.Stream stream = plane.acceptSubscribed();
        assertThat(stream.exchange(WireFixture.response(WireFixture.WDS, "1")).getResponseNonce())
                .isEqualTo("1");
        assertThat(ends).isEmpty();
    }

    @Test
    void aLargePushIsReadAsOneMessage() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.3");
        startClient(port, trusted(), null, false, false);
        FakeControlPlane.Stream stream = plane.acceptSubscribed();
        var resources = new io.ztunnel.api.discovery.Resource[60_000];
        for (int i = 0; i < resources.length; i++) {
            resources[i] =
                    WireFixture.resource(
                            WireFixture.pod("pod-" + i)
                                    .clearAddresses()
                                    .addAddresses(WireFixture.bytes(10, i >> 16, i >> 8, i)));
        }
        var push = WireFixture.response(WireFixture.WDS, "big", resources);
        assertThat(push.getSerializedSize()).isGreaterThan(5 << 20);
        assertThat(stream.exchange(push).hasErrorDetail()).isFalse();
    }

    @Test
    void rootsAreReadAgainForEachAttempt() throws Exception {
        Path roots = dir.resolve("root.pem");
        Files.writeString(roots, new TestAuthority("another root").pem());
        int port = startServer(0, authority.issue("localhost"), "TLSv1.3");
        startClient(port, new RootCertificates.File(roots), null, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError").contains("XDS_ROOT_CA");
        Files.writeString(roots, "no certificate");
        String end = nextEnd();
        while (!end.startsWith("Error")) {
            end = nextEnd();
        }
        Files.writeString(roots, authority.pem());
        FakeControlPlane.Stream _ = plane.acceptSubscribed();
    }

    @Test
    void theNameInTheCertificateMustFit() throws Exception {
        int port = startServer(0, authority.issue(ISTIOD), "TLSv1.3");
        startClient(port, trusted(), null, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError").contains("localhost");
    }

    @Test
    void theAlternateNameMayFitInstead() throws Exception {
        int port = startServer(0, authority.issue("*.istio-system.svc"), "TLSv1.3");
        startClient(port, trusted(), ISTIOD, false, false);
        FakeControlPlane.Stream _ = plane.acceptSubscribed();
    }

    @Test
    void theAlternateNameDoesNotReplaceTrust() throws Exception {
        int port = startServer(0, new TestAuthority("other").issue(ISTIOD), "TLSv1.3");
        startClient(port, trusted(), ISTIOD, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError");
    }

    @Test
    void aThirdNameFitsNeither() throws Exception {
        int port = startServer(0, authority.issue("evil.example"), "TLSv1.3");
        startClient(port, trusted(), ISTIOD, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError");
    }

    @Test
    void tls12IsSpokenOnlyWhenAllowed() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.2");
        startClient(port, trusted(), null, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError");
    }

    @Test
    void tls12IsSpokenWhenAllowed() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.2");
        startClient(port, trusted(), null, true, false);
        FakeControlPlane.Stream _ = plane.acceptSubscribed();
    }

    @Test
    void postQuantumOnlyRefusesAClassicalServer() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.3", "X25519");
        startClient(port, trusted(), null, false, true);
        assertThat(nextEnd()).startsWith("ConnectionError");
    }

    @Test
    void postQuantumOnlyAgreesWithItsLike() throws Exception {
        int port = startServer(0, authority.issue("localhost"), "TLSv1.3", "X25519MLKEM768");
        startClient(port, trusted(), null, false, true);
        FakeControlPlane.Stream _ = plane.acceptSubscribed();
    }

    @Test
    void aServerThatIsDownAtTheStartIsFoundLater() throws Exception {
        int port;
        try (ServerSocket reserved = new ServerSocket(0)) {
            port = reserved.getLocalPort();
        }
        startClient(port, trusted(), null, false, false);
        assertThat(nextEnd()).startsWith("ConnectionError").contains("no TCP connection");
        int _ = startServer(port, authority.issue("localhost"), "TLSv1.3");
        FakeControlPlane.Stream _ = plane.acceptSubscribed();
    }
}
