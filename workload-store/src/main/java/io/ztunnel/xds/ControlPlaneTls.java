package io.ztunnel.xds;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS towards the control plane: the server shows a certificate, we show a token. */
final class ControlPlaneTls {
    private static final long MAX_PEM_BYTES = 4 << 20;

    private static final List<String> TLS13_SUITES =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");

    /** BoringSSL always offers these; Netty complains, each time, of any other list. */
    private static final List<String> BORINGSSL_TLS13_SUITES =
            List.of(
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256");

    private static final List<String> TLS12_SUITES =
            List.of(
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private static final String POST_QUANTUM = "X25519MLKEM768";

    /** Where distributions keep what they trust. */
    private static final List<Path> SYSTEM_BUNDLES =
            List.of(
                    Path.of("/etc/ssl/certs/ca-certificates.crt"),
                    Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
                    Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
                    Path.of("/etc/ssl/ca-bundle.pem"),
                    Path.of("/etc/ssl/cert.pem"));

    private ControlPlaneTls() {}

    /**
     * Reads the roots as they are now.
     *
     * @throws IOException when they cannot be read or used, or TLS cannot do what is asked
     */
    static SslContext context(ControlPlane server) throws IOException {
        boolean openSsl = OpenSsl.isAvailable();
        if (server.postQuantumOnly() && !openSsl) {
            throw new IOException(
                    "post-quantum key agreement (COMPLIANCE_POLICY=pqc) needs BoringSSL, which"
                            + " cannot be loaded",
                    OpenSsl.unavailabilityCause());
        }
        SslContextBuilder builder =
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient(),
                        openSsl ? SslProvider.OPENSSL : SslProvider.JDK);
        if (openSsl) {
            builder.option(
                    OpenSslContextOption.GROUPS,
                    server.postQuantumOnly()
                            ? new String[] {POST_QUANTUM}
                            : new String[] {"X25519", "P-256", "P-384", POST_QUANTUM});
        }
        List<String> suites = new ArrayList<>(openSsl ? BORINGSSL_TLS13_SUITES : TLS13_SUITES);
        if (server.tls12()) {
            suites.addAll(TLS12_SUITES);
            builder.protocols("TLSv1.3", "TLSv1.2");
        } else {
            builder.protocols("TLSv1.3");
        }
        builder.ciphers(suites, SupportedCipherSuiteFilter.INSTANCE);
        X509ExtendedTrustManager chains = trustManager(server.roots());
        String alternate = server.alternateHostname();
        return builder.trustManager(
                        alternate == null
                                ? chains
                                : new ControlPlaneTrust(chains, server.host(), alternate))
                .build();
    }

    private static X509ExtendedTrustManager trustManager(RootCertificates roots)
            throws IOException {
        return switch (roots) {
            case RootCertificates.File(Path path) -> trustManager(path.toString(), read(path));
            case RootCertificates.Inline(String pem) -> trustManager("the configured PEM", pem);
            case RootCertificates.OperatingSystem() -> {
                Path bundle = systemBundle();
                yield trustManager(bundle.toString(), read(bundle));
            }
        };
    }

    private static Path systemBundle() throws IOException {
        return SYSTEM_BUNDLES.stream()
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IOException(
                                        "no root certificates of the operating system in "
                                                + SYSTEM_BUNDLES));
    }

    private static String read(Path path) throws IOException {
        if (Files.size(path) > MAX_PEM_BYTES) {
            throw new IOException(
                    "root certificates " + path + " exceed " + MAX_PEM_BYTES + " bytes");
        }
        return Files.readString(path, StandardCharsets.ISO_8859_1);
    }

    private static X509ExtendedTrustManager trustManager(String source, String pem)
            throws IOException {
        try {
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(keyStore(source, pem));
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new GeneralSecurityException("the JDK has no X.509 trust manager");
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "root certificates of " + source + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static KeyStore keyStore(String source, String pem)
            throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> certificates =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(
                                new ByteArrayInputStream(
                                        pem.getBytes(StandardCharsets.ISO_8859_1)));
        if (certificates.isEmpty()) {
            throw new IOException("root certificates of " + source + " hold no PEM certificate");
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int i = 0;
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("root-" + i++, certificate);
        }
        return store;
    }
}
