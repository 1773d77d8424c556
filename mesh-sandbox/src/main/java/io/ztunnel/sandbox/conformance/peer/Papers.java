package io.ztunnel.sandbox.conformance.peer;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.ztunnel.sandbox.istiod.SigningAuthority;

import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;

/**
 * Who a raw HBONE peer says it is. It trusts anybody: who ztunnel is, ztunnel's log tells.
 *
 * @param certificate for revocation
 */
public record Papers(X509Certificate certificate, SslContext client, SslContext server) {
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final ApplicationProtocolConfig HTTP_2 =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2);

    /** A certificate of any identity, signed by any root. */
    public static Papers signed(SigningAuthority authority, String identity) throws IOException {
        KeyPair keys = SigningAuthority.newKeyPair();
        X509Certificate certificate = authority.signWorkload(keys.getPublic(), identity, LIFETIME);
        return new Papers(
                certificate,
                anyServer().keyManager(keys.getPrivate(), certificate).build(),
                SslContextBuilder.forServer(keys.getPrivate(), certificate)
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .clientAuth(ClientAuth.REQUIRE)
                        .protocols("TLSv1.3")
                        .applicationProtocolConfig(HTTP_2)
                        .build());
    }

    /** What a client without a certificate brings. */
    public static SslContext nobody() throws IOException {
        return anyServer().build();
    }

    private static SslContextBuilder anyServer() {
        return SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm("")
                .protocols("TLSv1.3")
                .applicationProtocolConfig(HTTP_2);
    }
}
