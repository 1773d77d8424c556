package io.ztunnel.daemon.identity;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;

/** A root that signs server certificates for host names, as istiod's serving certificate. */
final class TestServerRoot {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final X500Name name = new X500Name("O=test root " + RANDOM.nextInt());
    private final KeyPair key;
    private final X509Certificate root;

    TestServerRoot() throws Exception {
        key = CertificateSigningRequests.newKeyPair(RANDOM);
        X509v3CertificateBuilder builder = builder(name, key.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        root = sign(builder);
    }

    /** A server's key and certificate. */
    record Server(KeyPair key, X509Certificate certificate) {}

    String pem() throws Exception {
        return CertificateDetails.of(root).pem();
    }

    Server server(GeneralName... names) throws Exception {
        KeyPair serverKey = CertificateSigningRequests.newKeyPair(RANDOM);
        X509v3CertificateBuilder builder = builder(new X500Name("O=server"), serverKey.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        return new Server(serverKey, sign(builder));
    }

    private X509v3CertificateBuilder builder(X500Name subject, PublicKey publicKey) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(64, RANDOM).setBit(0),
                Date.from(now.minus(Duration.ofMinutes(1))),
                Date.from(now.plus(Duration.ofHours(1))),
                subject,
                publicKey);
    }

    private X509Certificate sign(X509v3CertificateBuilder builder) throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(key.getPrivate())));
    }
}
