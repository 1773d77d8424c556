package io.ztunnel.sandbox.waypoint;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.ztunnel.api.ca.IstioCertificateRequest;
import io.ztunnel.api.ca.IstioCertificateResponse;
import io.ztunnel.api.ca.IstioCertificateServiceGrpc;
import io.ztunnel.sandbox.istiod.SigningAuthority;

import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import javax.security.auth.x500.X500Principal;

/**
 * Who the waypoint is in the mesh: its TLS contexts, and when they want renewal.
 *
 * @param spiffeId such as {@code spiffe://cluster.local/ns/bookinfo/sa/waypoint}
 * @param renewAt half of the certificate's life
 * @param pem the same for programs that are no JVM
 */
public record MeshIdentity(
        String spiffeId, SslContext server, SslContext client, Instant renewAt, Pem pem) {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
    private static final ApplicationProtocolConfig HTTP_2 =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2);

    /**
     * The texts of files.
     *
     * @param chain the own certificate first
     */
    public record Pem(String chain, String key, String roots) {
        /** Without the key. */
        @Override
        public String toString() {
            return "Pem of " + chain.length() + " characters";
        }
    }

    /**
     * Asks the CA for a certificate under the service account of the token.
     *
     * @param ca host and port
     * @throws IOException when there is no certificate to be had now; a later try may succeed
     */
    static MeshIdentity request(String ca, Path rootFile, Path tokenFile) throws IOException {
        KeyPair keys = SigningAuthority.newKeyPair();
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(ca)
                        .sslContext(
                                GrpcSslContexts.forClient().trustManager(rootFile.toFile()).build())
                        .build();
        try {
            Metadata headers = new Metadata();
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    "Bearer " + Files.readString(tokenFile).strip());
            IstioCertificateResponse response =
                    IstioCertificateServiceGrpc.newBlockingStub(channel)
                            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                            .withDeadlineAfter(CALL_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                            .createCertificate(
                                    IstioCertificateRequest.newBuilder()
                                            .setCsr(signingRequest(keys))
                                            .build());
            List<String> pems = response.getCertChainList();
            if (pems.size() < 2) {
                throw new IOException("no certificate from " + ca + ": its answer lacks the root");
            }
            List<X509Certificate> chain = new ArrayList<>();
            for (String pem : pems.subList(0, pems.size() - 1)) {
                chain.addAll(certificates(pem));
            }
            return of(keys.getPrivate(), chain, certificates(pems.getLast()));
        } catch (StatusRuntimeException | GeneralSecurityException e) {
            throw new IOException("no certificate from " + ca + ": " + e.getMessage(), e);
        } finally {
            channel.shutdownNow();
        }
    }

    /**
     * @param chain the own certificate, then those that lead to a root
     * @throws IOException when the certificate names nobody
     */
    static MeshIdentity of(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots)
            throws IOException {
        String spiffeId = chain.isEmpty() ? "" : spiffeUri(chain.getFirst());
        if (spiffeId.isEmpty() || roots.isEmpty()) {
            throw new IOException("a certificate without a SPIFFE identity, or without a root");
        }
        Instant notBefore = chain.getFirst().getNotBefore().toInstant();
        Instant notAfter = chain.getFirst().getNotAfter().toInstant();
        return new MeshIdentity(
                spiffeId,
                SslContextBuilder.forServer(key, chain)
                        .trustManager(roots)
                        .clientAuth(ClientAuth.REQUIRE)
                        .protocols("TLSv1.3")
                        .applicationProtocolConfig(HTTP_2)
                        .build(),
                SslContextBuilder.forClient()
                        .keyManager(key, chain)
                        .trustManager(roots)
                        // Pods are known by their identity, not by a host name.
                        .endpointIdentificationAlgorithm(null)
                        .protocols("TLSv1.3")
                        .applicationProtocolConfig(HTTP_2)
                        .build(),
                notBefore.plus(Duration.between(notBefore, notAfter).dividedBy(2)),
                new Pem(pem(chain), SigningAuthority.pem(key), pem(roots)));
    }

    private static String pem(List<X509Certificate> certificates) {
        return certificates.stream().map(SigningAuthority::pem).collect(Collectors.joining());
    }

    /** The part of the identity that all of the mesh shares. */
    public String trustDomain() {
        return URI.create(spiffeId).getAuthority();
    }

    private static String signingRequest(KeyPair keys) {
        try {
            return SigningAuthority.pem(
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Principal(""), keys.getPublic())
                            .build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(keys.getPrivate())));
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("ECDSA is part of every JDK", e);
        }
    }

    private static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
        Collection<? extends Certificate> parsed =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(
                                new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        return parsed.stream().map(X509Certificate.class::cast).toList();
    }

    /** The first SPIFFE URI of a peer's certificate; "" if there is none. */
    static String spiffeUri(Certificate certificate) {
        try {
            if (certificate instanceof X509Certificate x509
                    && x509.getSubjectAlternativeNames() != null) {
                for (List<?> name : x509.getSubjectAlternativeNames()) {
                    if (name.get(1) instanceof String text && text.startsWith("spiffe://")) {
                        return text;
                    }
                }
            }
            return "";
        } catch (GeneralSecurityException e) {
            return "";
        }
    }
}
