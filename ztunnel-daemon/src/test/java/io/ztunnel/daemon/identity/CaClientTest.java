package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.ztunnel.store.Identity;
import io.ztunnel.xds.BearerToken;
import io.ztunnel.xds.ControlPlane;
import io.ztunnel.xds.RequestHeaders;
import io.ztunnel.xds.RootCertificates;

import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Against a CA that speaks real gRPC over real TLS. */
class CaClientTest {
    private static final Identity WEB = new Identity("cluster.local", "ns", "web");

    @TempDir private Path dir;

    private final EventLoop control =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()).next();
    private TestServerRoot root = newRoot();
    private FakeCaServer server = newServer(root, 0);
    private @Nullable CaClient client;

    // What a test may change before its first request.
    private RootCertificates roots = new RootCertificates.OperatingSystem();
    private @Nullable BearerToken token;
    private Map<String, String> headers = Map.of();
    private @Nullable String alternate;
    private boolean impersonate = true;
    private String host = "localhost";
    private Duration limit = Duration.ofSeconds(20);

    private static TestServerRoot newRoot() {
        try {
            return new TestServerRoot();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static FakeCaServer newServer(TestServerRoot root, int port) {
        try {
            return new FakeCaServer(
                    root.server(new GeneralName(GeneralName.dNSName, "localhost")), port);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void trustTheServer() throws Exception {
        roots = new RootCertificates.Inline(root.pem());
    }

    @AfterEach
    void close() throws Exception {
        if (client != null) {
            client.close();
        }
        server.close();
        assertThat(
                        control.parent()
                                .shutdownGracefully(0, 5, TimeUnit.SECONDS)
                                .await(10, TimeUnit.SECONDS))
                .isTrue();
    }

    private WorkloadCertificate request() throws Exception {
        try {
            return CompletableFuture.supplyAsync(this::start, control)
                    .thenCompose(started -> started)
                    .get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IdentityException failure ? failure : e;
        }
    }

    private CompletableFuture<WorkloadCertificate> start() {
        CaClient current = client;
        if (current == null) {
            try {
                current =
                        new CaClient(
                                new CaClient.Settings(
                                        new ControlPlane(
                                                URI.create("https://" + host + ":" + server.port()),
                                                roots,
                                                alternate,
                                                false,
                                                false),
                                        new RequestHeaders(headers, token, "cluster-1"),
                                        Duration.ofHours(12),
                                        impersonate),
                                control,
                                new SecureRandom(),
                                limit,
                                Duration.ofMillis(20));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            client = current;
        }
        return current.request(WEB).toCompletableFuture();
    }

    private IdentityException refused() {
        try {
            WorkloadCertificate unexpected = request();
            throw new AssertionError("got " + unexpected);
        } catch (IdentityException e) {
            return e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private @Nullable String header(int call, String name) {
        return server.headers
                .get(call)
                .get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    @Test
    void aRequestNamesTheIdentityTheLifetimeAndTheCluster() throws Exception {
        token = new BearerToken.Literal("secret");
        headers = Map.of("x-team", "mesh", "authorization", "configured");

        WorkloadCertificate certificate = request();

        assertThat(certificate.tls().spiffeId()).isEqualTo(WEB.toString());
        assertThat(certificate.tls().chain()).hasSize(1);
        assertThat(certificate.tls().roots()).hasSize(1);
        assertThat(server.requests)
                .singleElement()
                .satisfies(
                        sent -> {
                            assertThat(sent.getValidityDuration()).isEqualTo(12 * 3600);
                            assertThat(sent.getMetadata().getFieldsMap())
                                    .containsOnlyKeys("ImpersonatedIdentity");
                        });
        assertThat(header(0, "authorization")).isEqualTo("Bearer secret");
        assertThat(header(0, "clusterid")).isEqualTo("cluster-1");
        assertThat(header(0, "x-team")).isEqualTo("mesh");
    }

    @Test
    void eachRequestHasItsOwnKey() throws Exception {
        assertThat(request().tls().key()).isNotEqualTo(request().tls().key());
    }

    @Test
    void withoutATokenTheClusterIsNotNamed() throws Exception {
        request();
        assertThat(header(0, "authorization")).isNull();
        assertThat(header(0, "clusterid")).isNull();
    }

    @Test
    void dedicatedModeNeitherImpersonatesNorChecksTheName() throws Exception {
        impersonate = false;
        server.uri = "spiffe://cluster.local/ns/ns/sa/someone-else";
        assertThat(request().tls().spiffeId()).endsWith("someone-else");
        assertThat(server.requests.getFirst().hasMetadata()).isFalse();
    }

    @Test
    void aCertificateForSomebodyElseIsRefused() {
        server.uri = "spiffe://cluster.local/ns/ns/sa/someone-else";
        assertThat(refused().code()).isEqualTo(IdentityException.Code.WRONG_IDENTITY);
    }

    @Test
    void theTokenFileIsReadForEachRequest() throws Exception {
        Path file = dir.resolve("token");
        token = new BearerToken.File(file);
        Files.writeString(file, "one\n");
        request();
        Files.writeString(file, "two");
        request();
        assertThat(header(0, "authorization")).isEqualTo("Bearer one");
        assertThat(header(1, "authorization")).isEqualTo("Bearer two");

        Files.writeString(file, "");
        assertThat(refused())
                .hasMessageContaining("is empty")
                .satisfies(e -> assertThat(e.code()).isEqualTo(IdentityException.Code.CREDENTIALS));
        assertThat(server.requests).hasSize(2);
    }

    @Test
    void aRefusalIsShownWithItsStatus() {
        server.refusal = Status.UNAUTHENTICATED.withDescription("request authenticate failure");
        assertThat(refused())
                .hasMessage("signing gRPC error (UNAUTHENTICATED): request authenticate failure");
    }

    @Test
    void aSilentCaIsGivenUpAfterTheLimit() {
        server.silent = true;
        limit = Duration.ofMillis(300);
        assertThat(refused()).hasMessageContaining("DEADLINE_EXCEEDED");
    }

    @Test
    void aCaThatIsDownFailsAtOnceAndServesAsSoonAsItIsBack() throws Exception {
        request();
        int port = server.port();
        server.close();
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");

        server = newServer(root, port);
        assertThat(request().identity()).isEqualTo(WEB);
    }

    @Test
    void aServerOfAnotherRootIsNotTrusted() throws Exception {
        roots = new RootCertificates.Inline(new TestServerRoot().pem());
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aServerOfAnotherNameIsNotTrusted() {
        host = "127.0.0.1";
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void theAlternateNameServesWhereTheHostDoesNotMatch() throws Exception {
        host = "127.0.0.1";
        alternate = "localhost";
        assertThat(request().identity()).isEqualTo(WEB);
    }

    @Test
    void theHostItselfServesBesidesAnAlternateName() throws Exception {
        alternate = "elsewhere.example";
        assertThat(request().identity()).isEqualTo(WEB);
    }

    @Test
    void neitherNameIsRefusedAndTheRootStillCounts() throws Exception {
        host = "127.0.0.1";
        alternate = "elsewhere.example";
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");
        Objects.requireNonNull(client).close();
        client = null;
        alternate = "localhost";
        roots = new RootCertificates.Inline(new TestServerRoot().pem());
        assertThat(refused()).hasMessageContaining("UNAVAILABLE");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aRootFileThatIsNotThereYetIsLookedForAgain() throws Exception {
        Path file = dir.resolve("later").resolve("root.pem");
        roots = new RootCertificates.File(file);
        assertThat(refused())
                .hasMessageContaining("root.pem")
                .satisfies(e -> assertThat(e.code()).isEqualTo(IdentityException.Code.CREDENTIALS));
        Files.createDirectories(file.getParent());
        Files.writeString(file, root.pem());
        assertThat(request().identity()).isEqualTo(WEB);
    }

    /** As the kubelet does it: the file is a link into {@code ..data}, which is swapped. */
    @Test
    void rotatedRootsAreTakenUpWithoutARestart() throws Exception {
        publishRoot("..one", root.pem());
        Files.createSymbolicLink(dir.resolve("root.pem"), Path.of("..data", "root.pem"));
        roots = new RootCertificates.File(dir.resolve("root.pem"));
        request();

        TestServerRoot next = new TestServerRoot();
        int port = server.port();
        server.close();
        server = newServer(next, port);
        assertThat(refused())
                .as("only the old root is trusted")
                .hasMessageContaining("UNAVAILABLE");

        publishRoot("..two", next.pem());
        await().atMost(20, TimeUnit.SECONDS).ignoreExceptions().until(() -> request() != null);
        root = next;
    }

    @Test
    void brokenRootsKeepTheOldOnesInUseAndAreReadAgain() throws Exception {
        Path file = dir.resolve("root.pem");
        Files.writeString(file, root.pem());
        roots = new RootCertificates.File(file);
        request();

        Files.writeString(file, "broken");
        CaClient used = Objects.requireNonNull(client);
        CompletableFuture.runAsync(used::rootsChanged, control).get(10, TimeUnit.SECONDS);
        assertThat(request().identity()).isEqualTo(WEB);

        TestServerRoot next = new TestServerRoot();
        int port = server.port();
        server.close();
        server = newServer(next, port);
        Files.writeString(file, next.pem());
        assertThat(request().identity()).as("without another change").isEqualTo(WEB);
    }

    private void publishRoot(String version, String pem) throws Exception {
        Path data = Files.createDirectory(dir.resolve(version));
        Files.writeString(data.resolve("root.pem"), pem);
        Path link = Files.createSymbolicLink(dir.resolve("..tmp"), data.getFileName());
        Files.move(
                link,
                dir.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
