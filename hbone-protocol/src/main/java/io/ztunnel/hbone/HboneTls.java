package io.ztunnel.hbone;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/**
 * The TLS of the mesh's data plane: TLS 1.3 with AES-GCM, HTTP/2 by ALPN, a certificate on both
 * sides, no host names, no SNI and nothing resumed. BoringSSL where its native library loads, else
 * the JDK's engine.
 *
 * <p>A context belongs to one generation of the own certificate and, for a client, to one list of
 * accepted servers; making one costs about a millisecond, so callers keep them. Thread safe.
 */
public final class HboneTls {
    /** Key exchange as the reference ztunnel offers it: the hybrid group last, never demanded. */
    public static final List<String> DEFAULT_GROUPS =
            List.of("X25519", "P-256", "P-384", "X25519MLKEM768");

    /** Post-quantum key exchange and nothing else. */
    public static final List<String> PQC_GROUPS = List.of("X25519MLKEM768");

    private static final List<String> TLS13_SUITES =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
    private static final List<String> TLS12_SUITES =
            List.of(
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private static final int NO_TICKET_SECONDS = 8 * 24 * 60 * 60;

    private final boolean openSsl;
    private final boolean tls12;
    private final List<String> groups;
    private final Revocations revocations;

    /**
     * @param tls12 also TLS 1.2, with ECDHE and AES-GCM only
     * @param groups key exchange groups in order of preference, {@link #DEFAULT_GROUPS} or {@link
     *     #PQC_GROUPS}
     * @throws IllegalStateException when none of the groups exists in the engine of this machine
     */
    public HboneTls(boolean tls12, List<String> groups) {
        this(tls12, groups, Revocations.NONE);
    }

    /**
     * @param revocations asked for every peer
     */
    public HboneTls(boolean tls12, List<String> groups, Revocations revocations) {
        // Without AES in hardware BoringSSL wants ChaCha20, which is not allowed, and its TLS 1.3
        // suites cannot be chosen: two such nodes would refuse each other.
        this(OpenSsl.isAvailable() && CpuFeatures.hasAes(), tls12, groups, revocations);
    }

    HboneTls(boolean openSsl, boolean tls12, List<String> groups) {
        this(openSsl, tls12, groups, Revocations.NONE);
    }

    HboneTls(boolean openSsl, boolean tls12, List<String> groups, Revocations revocations) {
        this.revocations = revocations;
        this.openSsl = openSsl;
        this.tls12 = tls12;
        this.groups = openSsl ? List.copyOf(groups) : JdkGroups.known(groups);
        if (this.groups.isEmpty()) {
            throw new IllegalStateException(
                    "the JDK's TLS has none of the groups %s and BoringSSL is not available: %s"
                            .formatted(groups, OpenSsl.unavailabilityCause()));
        }
    }

    /**
     * For accepted connections: any client of the own trust domain.
     *
     * @throws HboneException TLS_CONFIGURATION when the identity cannot be used
     */
    public TlsContext server(TlsIdentity own) throws HboneException {
        return build(
                SslContextBuilder.forServer(keyManager(own)).clientAuth(ClientAuth.REQUIRE),
                own,
                PeerVerifier.ofClients(own, revocations, InstantSource.system()));
    }

    /**
     * For opened connections: a server with one of the accepted identities.
     *
     * @throws HboneException TLS_CONFIGURATION when the identity cannot be used
     */
    public TlsContext client(TlsIdentity own, List<String> acceptedIdentities)
            throws HboneException {
        // Netty demands host names by default; in the mesh an identity is not a host name.
        return build(
                SslContextBuilder.forClient()
                        .keyManager(keyManager(own))
                        .endpointIdentificationAlgorithm(null),
                own,
                PeerVerifier.ofServer(
                        own, acceptedIdentities, revocations, InstantSource.system()));
    }

    private KeyManagerFactory keyManager(TlsIdentity own) {
        KeyManagerFactory one = new OwnCertificate(own);
        // Without the cache the key is parsed anew for each handshake.
        return openSsl ? new OpenSslCachingX509KeyManagerFactory(one, 1) : one;
    }

    private TlsContext build(SslContextBuilder builder, TlsIdentity own, PeerVerifier verifier)
            throws HboneException {
        builder.sslProvider(openSsl ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .trustManager(verifier)
                .protocols(tls12 ? List.of("TLSv1.3", "TLSv1.2") : List.of("TLSv1.3"))
                .ciphers(suites())
                .applicationProtocolConfig(alpn());
        if (openSsl) {
            builder.option(OpenSslContextOption.GROUPS, groups.toArray(String[]::new));
        }
        try {
            SslContext context = builder.build();
            if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
                sessions.setSessionCacheEnabled(false);
            } else {
                // The JDK sends no ticket when sessions live longer than RFC 8446 lets a ticket.
                context.sessionContext().setSessionTimeout(NO_TICKET_SECONDS);
            }
            return new TlsContext(context, verifier, openSsl ? List.of() : groups);
        } catch (SSLException | IllegalArgumentException e) {
            throw HboneException.of(
                    HboneException.Code.TLS_CONFIGURATION,
                    "the certificate of %s cannot be used for TLS: %s"
                            .formatted(own.spiffeId(), e.getMessage()),
                    e);
        }
    }

    private List<String> suites() {
        List<String> suites = new ArrayList<>(TLS13_SUITES);
        if (openSsl) {
            // BoringSSL's TLS 1.3 suites are fixed, and Netty warns about any other list. A
            // connection that ends up with this one is refused after the handshake.
            suites.add("TLS_CHACHA20_POLY1305_SHA256");
        }
        if (tls12) {
            suites.addAll(TLS12_SUITES);
        }
        return suites;
    }

    /** A client that offers other protocols only is refused: see {@link AlpnCheck} for OpenSSL. */
    private ApplicationProtocolConfig alpn() {
        return new ApplicationProtocolConfig(
                Protocol.ALPN,
                openSsl
                        ? SelectorFailureBehavior.NO_ADVERTISE
                        : SelectorFailureBehavior.FATAL_ALERT,
                SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2);
    }
}
