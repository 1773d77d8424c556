package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A CA of a test, root or intermediate, that takes back what it has issued. */
public final class RevokingCa implements CertificateAuthorityClient {
    private static final AtomicLong SERIAL = new AtomicLong(100);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final X500Name name;
    private final KeyPair key;
    private final @Nullable RevokingCa parent;
    private final X509Certificate certificate;

    /** The last certificate of each identity. */
    private final Map<Identity, X509Certificate> issued = new ConcurrentHashMap<>();

    private RevokingCa(String name, @Nullable RevokingCa parent) {
        try {
            this.name = new X500Name("O=" + name);
            this.key = CertificateSigningRequests.newKeyPair(RANDOM);
            this.parent = parent;
            RevokingCa signer = parent == null ? this : parent;
            X509v3CertificateBuilder builder =
                    builder(signer.name, this.name, key.getPublic(), Duration.ofDays(1));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            this.certificate = signer.sign(builder);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    public static RevokingCa root() {
        return new RevokingCa("cluster.local", null);
    }

    RevokingCa intermediate(String of) {
        return new RevokingCa(of, this);
    }

    X509Certificate certificate() {
        return certificate;
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Duration life) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(now.minusSeconds(60)),
                Date.from(now.plus(life)),
                subject,
                key);
    }

    private X509Certificate sign(X509v3CertificateBuilder builder) throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(key.getPrivate())));
    }

    X509Certificate leaf(String uri, PublicKey of) throws Exception {
        X509v3CertificateBuilder builder =
                builder(name, CertificateSigningRequests.EMPTY_SUBJECT, of, Duration.ofHours(1));
        builder.addExtension(
                Extension.subjectAlternativeName, true, CertificateSigningRequests.uri(uri));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(
                        new KeyPurposeId[] {
                            KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                        }));
        return sign(builder);
    }

    /** A leaf for a new key, and who signed it, up to the root. */
    List<X509Certificate> path(String uri) throws Exception {
        List<X509Certificate> path = new ArrayList<>();
        path.add(leaf(uri, CertificateSigningRequests.newKeyPair(RANDOM).getPublic()));
        for (RevokingCa ca = this; ca != null; ca = ca.parent) {
            path.add(ca.certificate);
        }
        return path;
    }

    @Override
    public CompletionStage<WorkloadCertificate> request(Identity identity) {
        try {
            KeyPair own = CertificateSigningRequests.newKeyPair(RANDOM);
            X509Certificate leaf = leaf(identity.toString(), own.getPublic());
            issued.put(identity, leaf);
            return CompletableFuture.completedStage(
                    CertificateChains.parse(
                            identity,
                            own.getPrivate(),
                            List.of(
                                    CertificateDetails.of(leaf).pem(),
                                    CertificateDetails.of(certificate).pem()),
                            true));
        } catch (Exception e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** A list that takes back the last certificates of these, in PEM. */
    public String revoke(Identity... identities) throws Exception {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Identity identity : identities) {
            certificates.add(java.util.Objects.requireNonNull(issued.get(identity)));
        }
        return pem(list(Duration.ofHours(1), certificates));
    }

    /**
     * @param validity of the list, which may be over
     */
    byte[] list(Duration validity, List<X509Certificate> certificates) throws Exception {
        Instant now = Instant.now();
        X509v2CRLBuilder list = new X509v2CRLBuilder(name, Date.from(now.minusSeconds(7200)));
        list.setNextUpdate(Date.from(now.plus(validity)));
        for (X509Certificate revoked : certificates) {
            list.addCRLEntry(revoked.getSerialNumber(), Date.from(now), CRLReason.keyCompromise);
        }
        return list.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
                .getEncoded();
    }

    static String pem(byte[] list) {
        return "-----BEGIN X509 CRL-----\n"
                + Base64.getMimeEncoder().encodeToString(list)
                + "\n-----END X509 CRL-----\n";
    }

    @Override
    public void close() {}
}
