package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.ztunnel.api.ca.IstioCertificateRequest;
import io.ztunnel.api.ca.IstioCertificateResponse;
import io.ztunnel.api.ca.IstioCertificateServiceGrpc;
import io.ztunnel.api.discovery.AggregatedDiscoveryServiceGrpc;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;

import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import javax.security.auth.x500.X500Principal;

class IstiodServerTest {
    private static final String REVIEWS = "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews";
    private static final Claims ZTUNNEL =
            new Claims("istio-system", "ztunnel", "ztunnel-node1", "u1", "node1");

    @TempDir Path state;
    private IstiodServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server =
                IstiodServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        state,
                        "cluster.local",
                        "Kubernetes",
                        (node, namespace, account) ->
                                node.equals("node1")
                                        && namespace.equals("bookinfo")
                                        && account.equals("bookinfo-reviews"));
        channel =
                NettyChannelBuilder.forAddress("localhost", server.port())
                        .sslContext(
                                GrpcSslContexts.forClient()
                                        .trustManager(state.resolve("ca/root-cert.pem").toFile())
                                        .build())
                        .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private CallCredentials as(Claims claims) throws IOException {
        return bearer(
                ServiceAccountTokens.open(state, InstantSource.system())
                        .issue(claims, Duration.ofMinutes(5)));
    }

    private static CallCredentials bearer(String token) {
        return new CallCredentials() {
            @Override
            public void applyRequestMetadata(
                    RequestInfo info, Executor executor, MetadataApplier applier) {
                Metadata headers = new Metadata();
                headers.put(
                        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                        "Bearer " + token);
                applier.apply(headers);
            }
        };
    }

    private static IstioCertificateRequest request(String impersonated, long seconds)
            throws Exception {
        KeyPair keys = SigningAuthority.newKeyPair();
        var csr =
                new JcaPKCS10CertificationRequestBuilder(new X500Principal(""), keys.getPublic())
                        .build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(keys.getPrivate()));
        Struct.Builder metadata = Struct.newBuilder();
        if (!impersonated.isEmpty()) {
            metadata.putFields(
                    "ImpersonatedIdentity",
                    Value.newBuilder().setStringValue(impersonated).build());
        }
        return IstioCertificateRequest.newBuilder()
                .setCsr(SigningAuthority.pem(csr))
                .setValidityDuration(seconds)
                .setMetadata(metadata)
                .build();
    }

    private IstioCertificateResponse sign(Claims caller, IstioCertificateRequest request)
            throws IOException {
        return IstioCertificateServiceGrpc.newBlockingStub(channel)
                .withCallCredentials(as(caller))
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .createCertificate(request);
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aNodeProxyGetsACertificateForAWorkloadOfItsNode() throws Exception {
        IstioCertificateResponse response = sign(ZTUNNEL, request(REVIEWS, 3600));

        X509Certificate leaf = certificate(response.getCertChain(0));
        X509Certificate root = certificate(response.getCertChain(1));
        leaf.verify(root.getPublicKey());
        assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, REVIEWS));
        assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17");
        assertThat(
                        Duration.between(
                                leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()))
                .isEqualTo(Duration.ofMinutes(62));
        assertThat(leaf.getExtendedKeyUsage())
                .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    }

    @Test
    void aPodGetsItsOwnNameWhateverItAsksFor() throws Exception {
        Claims waypoint = new Claims("bookinfo", "waypoint", "waypoint-0", "u2", "node1");

        X509Certificate leaf = certificate(sign(waypoint, request("", 0)).getCertChain(0));

        assertThat(leaf.getSubjectAlternativeNames())
                .containsExactly(List.of(6, "spiffe://cluster.local/ns/bookinfo/sa/waypoint"));
    }

    @ParameterizedTest
    @CsvSource({
        "istio-system, ztunnel, node2, spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews",
        "istio-system, ztunnel, node1, spiffe://cluster.local/ns/bookinfo/sa/other",
        "istio-system, ztunnel, node1, not-an-identity",
        "bookinfo, waypoint, node1, spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews"
    })
    void nobodyImpersonatesWhatDoesNotRunOnTheirNode(
            String namespace, String account, String node, String wanted) {
        Claims caller = new Claims(namespace, account, "pod", "u", node);

        assertThatThrownBy(() -> sign(caller, request(wanted, 60)))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("UNAUTHENTICATED: request impersonation authentication failure");
    }

    @Test
    void aLifetimeBeyondTheMaximumIsRefused() {
        assertThatThrownBy(() -> sign(ZTUNNEL, request(REVIEWS, Duration.ofDays(91).toSeconds())))
                .hasMessageContaining("INVALID_ARGUMENT");
    }

    @Test
    void aCallWithoutAValidTokenIsRefused() throws Exception {
        IstioCertificateRequest request = request(REVIEWS, 60);

        assertThatThrownBy(
                        () ->
                                IstioCertificateServiceGrpc.newBlockingStub(channel)
                                        .withCallCredentials(bearer("stolen.and.changed"))
                                        .createCertificate(request))
                .hasMessage("UNAUTHENTICATED: request authenticate failure");
    }

    @Test
    void aSubscriberIsSentTheResourcesAndLaterTheDifference() throws Exception {
        BlockingQueue<DeltaDiscoveryResponse> received = new LinkedBlockingQueue<>();
        StreamObserver<DeltaDiscoveryRequest> requests =
                AggregatedDiscoveryServiceGrpc.newStub(channel)
                        .withCallCredentials(as(ZTUNNEL))
                        .deltaAggregatedResources(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(DeltaDiscoveryResponse response) {
                                        received.add(response);
                                    }

                                    @Override
                                    public void onError(Throwable error) {}

                                    @Override
                                    public void onCompleted() {}
                                });
        requests.onNext(
                DeltaDiscoveryRequest.newBuilder().setTypeUrl(DiscoveryService.ADDRESS).build());
        server.publish(ServedResources.Source.OBJECTS, set(Map.of("a", "1", "b", "1")));

        DeltaDiscoveryResponse first = received.poll(10, TimeUnit.SECONDS);
        assertThat(first).isNotNull();
        assertThat(first.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("a", "b");
        server.publish(ServedResources.Source.OBJECTS, set(Map.of("a", "2")));
        requests.onNext(
                DeltaDiscoveryRequest.newBuilder()
                        .setTypeUrl(DiscoveryService.ADDRESS)
                        .setResponseNonce(first.getNonce())
                        .build());

        DeltaDiscoveryResponse second = received.poll(10, TimeUnit.SECONDS);
        assertThat(second).isNotNull();
        assertThat(second.getResourcesList()).extracting(Resource::getName).containsExactly("a");
        assertThat(second.getRemovedResourcesList()).containsExactly("b");
        requests.onCompleted();
    }

    private static ResourceSet set(Map<String, String> versions) {
        TreeMap<String, Resource> resources = new TreeMap<>();
        versions.forEach(
                (name, version) ->
                        resources.put(
                                name,
                                ResourceSet.resource(
                                        DiscoveryService.ADDRESS,
                                        name,
                                        version,
                                        ByteString.EMPTY)));
        return new ResourceSet(Map.of(DiscoveryService.ADDRESS, resources));
    }
}
