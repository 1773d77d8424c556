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
    private static final List<String> TLS12_AND_13_SUITES =
            List.of(
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_AES_128_GCM_SHA256",
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
                    Path.of("/etc/ssl/ca-bundle.pem"),
                    Path.of("/etc/ssl/cert.pem"));

    private ControlPlaneTls() {}

    /**
     * Reads the roots as they are now.
     *
     * @throws IOException when they cannot be read
     * @throws GeneralSecurityException when they hold no certificate, or TLS cannot do what is
     *     asked
     */
    static SslContext context(XdsSettings settings) throws IOException, GeneralSecurityException {
        boolean openSsl = OpenSsl.isAvailable();
        if (settings.postQuantumOnly() && !openSsl) {
            throw new GeneralSecurityException(
                    "post-quantum key agreement needs BoringSSL, which cannot be loaded",
                    OpenSsl.unavailabilityCause());
        }
        SslContextBuilder builder =
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient(),
                        openSsl ? SslProvider.OPENSSL : SslProvider.JDK);
        if (openSsl) {
            builder.option(
                    OpenSslContextOption.GROUPS,
                    settings.postQuantumOnly()
                            ? new String[] {POST_QUANTUM}
                            : new String[] {"X25519", "P-256", "P-384", POST_QUANTUM});
        }
        if (settings.tls12()) {
            builder.protocols("TLSv1.3", "TLSv1.2");
            builder.ciphers(TLS12_AND_13_SUITES, SupportedCipherSuiteFilter.INSTANCE);
        } else {
            builder.protocols("TLSv1.3");
            builder.ciphers(TLS13_SUITES, SupportedCipherSuiteFilter.INSTANCE);
        }
        X509ExtendedTrustManager trust = trustManager(settings.roots());
        String alternate = settings.alternateHostname();
        return builder.trustManager(
                        alternate == null ? trust : new AlternateNameTrustManager(trust, alternate))
                .build();
    }

    private static X509ExtendedTrustManager trustManager(RootCertificates roots)
            throws IOException, GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        switch (roots) {
            case RootCertificates.File file -> factory.init(keyStore(read(file.path())));
            case RootCertificates.Inline inline -> factory.init(keyStore(inline.pem()));
            case RootCertificates.OperatingSystem _ -> {
                Path bundle =
                        SYSTEM_BUNDLES.stream().filter(Files::exists).findFirst().orElse(null);
                if (bundle == null) {
                    factory.init((KeyStore) null); // what the JDK came with
                } else {
                    factory.init(keyStore(read(bundle)));
                }
            }
        }
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("the JDK has no X.509 trust manager");
    }

    private static String read(Path path) throws IOException {
        if (Files.size(path) > MAX_PEM_BYTES) {
            throw new IOException(
                    "root certificates " + path + " exceed " + MAX_PEM_BYTES + " bytes");
        }
        return Files.readString(path, StandardCharsets.ISO_8859_1);
    }

    private static KeyStore keyStore(String pem) throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> certificates =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(
                                new ByteArrayInputStream(
                                        pem.getBytes(StandardCharsets.ISO_8859_1)));
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("the root certificates hold no PEM certificate");
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
