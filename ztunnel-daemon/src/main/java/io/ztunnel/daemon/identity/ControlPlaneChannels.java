package io.ztunnel.daemon.identity;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.RootCertificates;
import io.ztunnel.daemon.config.ServerAddress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Opens gRPC channels to the control plane: always TLS, no client certificate, the server verified
 * by its DNS name or IP. Roots are read anew for each channel. Callable from any thread.
 */
public final class ControlPlaneChannels {
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int MAX_METADATA = 64 * 1024;

    /** Where distributions keep the roots of the operating system. */
    private static final List<Path> SYSTEM_BUNDLES =
            List.of(
                    Path.of("/etc/ssl/certs/ca-certificates.crt"),
                    Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
                    Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
                    Path.of("/etc/ssl/ca-bundle.pem"),
                    Path.of("/etc/ssl/cert.pem"));

    private ControlPlaneChannels() {}

    /**
     * @param maxMessageBytes of a received message
     * @param executor runs the callbacks
     * @throws IOException when the roots cannot be read or used
     */
    public static ManagedChannel open(
            ServerAddress address,
            RootCertificates roots,
            @Nullable String alternateHostname,
            Config.Tls tls,
            int maxMessageBytes,
            Executor executor)
            throws IOException {
        NettyChannelBuilder builder =
                NettyChannelBuilder.forAddress(address.host(), address.port())
                        .sslContext(context(address.host(), roots, alternateHostname, tls))
                        .executor(executor)
                        .maxInboundMessageSize(maxMessageBytes)
                        .maxInboundMetadataSize(MAX_METADATA)
                        .keepAliveTime(30, TimeUnit.SECONDS)
                        .keepAliveTimeout(10, TimeUnit.SECONDS)
                        .disableRetry()
                        .disableServiceConfigLookUp()
                        // The control plane is in the cluster; a proxy of the environment is not
                        // meant for it.
                        .proxyDetector(target -> null)
                        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                        .withOption(ChannelOption.SO_KEEPALIVE, true);
        if (Epoll.isAvailable()) {
            builder.withOption(EpollChannelOption.TCP_KEEPIDLE, 300)
                    .withOption(EpollChannelOption.TCP_KEEPINTVL, 75)
                    .withOption(EpollChannelOption.TCP_KEEPCNT, 9);
        }
        return builder.build();
    }

    private static SslContext context(
            String host, RootCertificates roots, @Nullable String alternateHostname, Config.Tls tls)
            throws IOException {
        boolean openSsl = OpenSsl.isAvailable();
        SslContextBuilder builder =
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient(),
                        openSsl ? SslProvider.OPENSSL : SslProvider.JDK);
        builder.ciphers(ciphers(tls), SupportedCipherSuiteFilter.INSTANCE)
                .protocols(tls.tls12() ? List.of("TLSv1.3", "TLSv1.2") : List.of("TLSv1.3"));
        if (openSsl) {
            String[] groups =
                    tls.postQuantum()
                            ? new String[] {"X25519MLKEM768"}
                            : new String[] {"X25519", "P-256", "P-384", "X25519MLKEM768"};
            builder.option(OpenSslContextOption.GROUPS, groups);
        } else if (tls.postQuantum()) {
            throw new IOException("COMPLIANCE_POLICY=pqc needs BoringSSL, which is not available");
        }
        try {
            X509ExtendedTrustManager chains = trustManager(read(roots));
            return builder.trustManager(
                            alternateHostname == null
                                    ? chains
                                    : new ControlPlaneTrust(chains, host, alternateHostname))
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IOException("root certificates cannot be used: " + e.getMessage(), e);
        }
    }

    private static List<String> ciphers(Config.Tls tls) {
        List<String> ciphers =
                new ArrayList<>(List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"));
        if (tls.tls12()) {
            ciphers.add("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
            ciphers.add("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
            ciphers.add("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
            ciphers.add("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        }
        return ciphers;
    }

    private static List<X509Certificate> read(RootCertificates roots) throws IOException {
        String source;
        String pem;
        switch (roots) {
            case RootCertificates.File file -> {
                source = file.path().toString();
                pem = Files.readString(file.path());
            }
            case RootCertificates.Inline inline -> {
                source = "inline PEM";
                pem = inline.pem();
            }
            case RootCertificates.OperatingSystem ignored -> {
                Path bundle =
                        SYSTEM_BUNDLES.stream()
                                .filter(Files::isRegularFile)
                                .findFirst()
                                .orElseThrow(
                                        () ->
                                                new IOException(
                                                        "no root certificates of the operating"
                                                                + " system in "
                                                                + SYSTEM_BUNDLES));
                source = bundle.toString();
                pem = Files.readString(bundle);
            }
        }
        try {
            return PemBlocks.all(pem);
        } catch (IdentityException e) {
            throw new IOException("root certificates of " + source + ": " + e.getMessage(), e);
        }
    }

    private static X509ExtendedTrustManager trustManager(List<X509Certificate> roots)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < roots.size(); i++) {
            store.setCertificateEntry("root-" + i, roots.get(i));
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("the JDK has no X.509 trust manager");
    }
}
