package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A CA inside this process, for development and tests: it trusts whoever asks, and its root lives
 * as long as the process. Two processes with such CAs do not trust each other.
 */
public final class LocalCertificateAuthority implements CertificateAuthorityClient {
    private static final Logger log = LoggerFactory.getLogger(LocalCertificateAuthority.class);
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final X500Name ISSUER = new X500Name("O=cluster.local");
    private static final Duration ROOT_LIFETIME = Duration.ofDays(365);

    /** Tolerates clocks that run behind. */
    private static final Duration BACKDATED = Duration.ofMinutes(2);

    private final SecureRandom random;
    private final InstantSource clock;
    private final Duration lifetime;
    private final KeyPair rootKey;
    private final X509Certificate root;

    /**
     * @param lifetime of the certificates that it issues
     */
    public LocalCertificateAuthority(SecureRandom random, InstantSource clock, Duration lifetime) {
        this.random = random;
        this.clock = clock;
        this.lifetime = lifetime;
        try {
            this.rootKey = CertificateSigningRequests.newKeyPair(random);
            this.root = selfSigned();
        } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
            throw new IllegalStateException("the root of the local CA cannot be made", e);
        }
    }

    /** Says loudly that identities prove nothing from here on. */
    public void warn() {
        log.warn(
                "FAKE_CA is set: certificates are signed in this process and prove nothing;"
                        + " never use this outside of development");
    }

    private X509Certificate selfSigned()
            throws OperatorCreationException, GeneralSecurityException, CertIOException {
        Instant now = clock.instant();
        X509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        ISSUER,
                        serial(),
                        Date.from(now.minus(BACKDATED)),
                        Date.from(now.plus(ROOT_LIFETIME)),
                        ISSUER,
                        rootKey.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        return sign(builder);
    }

    private X509Certificate sign(X509v3CertificateBuilder builder)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder(SIGNATURE)
                                        .setSecureRandom(random)
                                        .build(rootKey.getPrivate())));
    }

    private BigInteger serial() {
        return new BigInteger(159, random).setBit(0);
    }

    X509Certificate root() {
        return root;
    }

    /** A leaf as istiod issues it: empty subject, critical URI, for servers and clients. */
    X509Certificate issue(String uri, PublicKey key, Instant notBefore, Instant notAfter)
            throws IdentityException {
        try {
            X509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            ISSUER,
                            serial(),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            CertificateSigningRequests.EMPTY_SUBJECT,
                            key);
            builder.addExtension(
                    Extension.subjectAlternativeName, true, CertificateSigningRequests.uri(uri));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
            return sign(builder);
        } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
            throw new IdentityException(
                    IdentityException.Code.CA, "local CA: " + e.getMessage(), e);
        }
    }

    @Override
    public CompletionStage<WorkloadCertificate> request(Identity identity) {
        try {
            KeyPair key = CertificateSigningRequests.newKeyPair(random);
            Instant now = clock.instant();
            X509Certificate leaf =
                    issue(
                            identity.toString(),
                            key.getPublic(),
                            now.minus(BACKDATED),
                            now.plus(lifetime));
            List<String> answer =
                    List.of(CertificateDetails.of(leaf).pem(), CertificateDetails.of(root).pem());
            return CompletableFuture.completedStage(
                    CertificateChains.parse(identity, key.getPrivate(), answer, true));
        } catch (IdentityException e) {
            return CompletableFuture.failedStage(e);
        } catch (GeneralSecurityException e) {
            return CompletableFuture.failedStage(
                    new IdentityException(
                            IdentityException.Code.REQUEST, "local CA: " + e.getMessage(), e));
        }
    }

    @Override
    public void close() {}
}
