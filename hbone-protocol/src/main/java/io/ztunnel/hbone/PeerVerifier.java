package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides whether a peer is who it must be: a path to the roots that came with the own certificate,
 * then the SPIFFE identity, then {@link Revocations}: PKIX's own checker refuses what no CRL
 * covers. Host names play no part.
 *
 * <p>PKIX takes a CA, or a certificate of version 1, for a leaf; neither may speak for a workload.
 */
final class PeerVerifier extends X509ExtendedTrustManager {
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    /**
     * A chain of Istio's CA has two to four certificates. Paths are sought in any order of the
     * presented ones, so their number bounds what an unauthenticated peer can make us compute.
     */
    private static final int MAX_PRESENTED = 6;

    private final Set<TrustAnchor> anchors;
    private final X509Certificate[] issuers;
    private final IdentityRule rule;
    private final KnownPeers known;
    private final Revocations revocations;

    private PeerVerifier(
            List<X509Certificate> roots,
            IdentityRule rule,
            Revocations revocations,
            InstantSource clock) {
        this.revocations = revocations;
        this.known = new KnownPeers(clock);
        this.issuers = roots.toArray(X509Certificate[]::new);
        this.anchors =
                roots.stream()
                        .map(root -> new TrustAnchor(root, null))
                        .collect(Collectors.toUnmodifiableSet());
        this.rule = rule;
    }

    /** What must be true of the identities of a peer whose path is good. */
    private interface IdentityRule {
        void check(List<String> presented) throws CertificateException;
    }

    /** Any identity of the own trust domain; who may do what is decided later, by policy. */
    static PeerVerifier ofClients(TlsIdentity own, Revocations revocations, InstantSource clock) {
        String domain = own.trustDomain();
        return new PeerVerifier(
                own.roots(),
                presented -> {
                    if (presented.stream().map(SpiffeUris::trustDomain).noneMatch(domain::equals)) {
                        throw new CertificateException(
                                "identity verification error: peer did not present the expected"
                                        + " trustdomain (%s), got %s".formatted(domain, presented));
                    }
                },
                revocations,
                clock);
    }

    /** One of the accepted identities; nobody when the list is empty. */
    static PeerVerifier ofServer(
            TlsIdentity own, List<String> accepted, Revocations revocations, InstantSource clock) {
        List<String> expected = List.copyOf(accepted);
        return new PeerVerifier(
                own.roots(),
                presented -> {
                    if (presented.stream().noneMatch(expected::contains)) {
                        throw new CertificateException(
                                "identity verification error: peer did not present the expected SAN"
                                        + " (%s), got %s".formatted(expected, presented));
                    }
                },
                revocations,
                clock);
    }

    private void verify(X509Certificate @Nullable [] chain, String usage)
            throws CertificateException {
        if (chain == null || chain.length == 0) {
            throw new CertificateException("the peer presented no certificate");
        }
        if (chain.length > MAX_PRESENTED) {
            throw new CertificateException(
                    "the peer presented %d certificates, at most %d are looked at"
                            .formatted(chain.length, MAX_PRESENTED));
        }
        VerifiedPeer peer = known.find(chain);
        if (peer == null) {
            List<X509Certificate> path = findPath(chain, usage);
            peer = new VerifiedPeer(SpiffeUris.of(chain[0]), path);
            known.add(chain, peer);
        }
        // Both may change while the path stays what it is, so they are looked at each time.
        rule.check(peer.identities());
        String revoked = revocations.revoked(peer.path());
        if (revoked != null) {
            revocations.onRefused(usage.equals(CLIENT_AUTH));
            throw new CertificateException("certificate revoked: " + revoked);
        }
    }

    /** Whom a chain that has been verified has proven. */
    VerifiedPeer peer(X509Certificate[] verified) throws CertificateException {
        VerifiedPeer peer = known.find(verified);
        return peer != null ? peer : new VerifiedPeer(SpiffeUris.of(verified[0]), pathOf(verified));
    }

    /**
     * Forgotten within a moment, which takes a thousand other peers: the order in which the
     * certificates came is as good as that of the path.
     */
    private List<X509Certificate> pathOf(X509Certificate[] verified) {
        List<X509Certificate> path = new ArrayList<>(Arrays.asList(verified));
        path.addAll(Arrays.asList(issuers));
        return path;
    }

    /** From the leaf to the root. */
    private List<X509Certificate> findPath(X509Certificate[] chain, String usage)
            throws CertificateException {
        X509Certificate leaf = chain[0];
        if (leaf.getVersion() != 3) {
            throw new CertificateException(
                    "the peer's certificate has version %d, not 3".formatted(leaf.getVersion()));
        }
        if (leaf.getBasicConstraints() >= 0) {
            throw new CertificateException("the peer's certificate is one of a CA");
        }
        List<String> usages = leaf.getExtendedKeyUsage();
        if (usages != null && !usages.contains(usage)) {
            throw new CertificateException(
                    "the peer's certificate is not meant for %s authentication"
                            .formatted(usage.equals(CLIENT_AUTH) ? "client" : "server"));
        }
        // The time is looked at first because a path builder reports it as "no path found".
        leaf.checkValidity();
        if (anchors.isEmpty()) {
            throw new CertificateException("no root certificate to verify the peer against");
        }
        X509CertSelector target = new X509CertSelector();
        target.setCertificate(leaf);
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
            parameters.setRevocationEnabled(false);
            parameters.addCertStore(
                    CertStore.getInstance(
                            "Collection", new CollectionCertStoreParameters(Arrays.asList(chain))));
            PKIXCertPathBuilderResult found =
                    (PKIXCertPathBuilderResult)
                            CertPathBuilder.getInstance("PKIX").build(parameters);
            List<X509Certificate> path = new ArrayList<>();
            found.getCertPath().getCertificates().forEach(c -> path.add((X509Certificate) c));
            path.add(found.getTrustAnchor().getTrustedCert());
            return path;
        } catch (GeneralSecurityException e) {
            throw new CertificateException(
                    "the peer's certificate is not trusted: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkClientTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        verify(chain, CLIENT_AUTH);
    }

    @Override
    public void checkServerTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        verify(chain, SERVER_AUTH);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verify(chain, CLIENT_AUTH);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verify(chain, SERVER_AUTH);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        verify(chain, CLIENT_AUTH);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        verify(chain, SERVER_AUTH);
    }

    /** Becomes the list of acceptable authorities in the request for the client's certificate. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.clone();
    }
}
