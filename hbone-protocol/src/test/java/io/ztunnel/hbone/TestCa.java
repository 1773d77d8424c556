package io.ztunnel.hbone;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A certificate authority of a test: a root, or an intermediate below one. Shaped like Istio's. */
final class TestCa {
    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final KeyPair keys;
    private final X509Certificate certificate;
    private final @Nullable TestCa parent;

    private TestCa(String name, @Nullable TestCa parent) {
        this.keys = newKeys();
        this.parent = parent;
        X500Name subject = new X500Name("O=" + name);
        this.certificate =
                sign(
                        subject,
                        parent == null ? subject : issuerName(parent),
                        parent == null ? keys : parent.keys,
                        keys,
                        new Leaf().ca(true).usages());
    }

    static TestCa root(String name) {
        return new TestCa(name, null);
    }

    TestCa intermediate(String name) {
        return new TestCa(name, this);
    }

    X509Certificate certificate() {
        return certificate;
    }

    X509Certificate rootCertificate() {
        return parent == null ? certificate : parent.rootCertificate();
    }

    /** An identity with one SPIFFE URI, in date, good for both sides. */
    TlsIdentity issue(String spiffeId) {
        return issue(new Leaf().uris(spiffeId));
    }

    TlsIdentity issue(Leaf leaf) {
        KeyPair leafKeys = newKeys();
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(sign(new X500Name(""), issuerName(this), keys, leafKeys, leaf));
        for (TestCa ca = this; ca.parent != null; ca = ca.parent) {
            chain.add(ca.certificate);
        }
        String id = leaf.uris.isEmpty() ? "spiffe://none/ns/none/sa/none" : leaf.uris.get(0);
        return new TlsIdentity(
                id, leafKeys.getPrivate(), List.copyOf(chain), List.of(rootCertificate()));
    }

    /** What may be wrong or special about a certificate. */
    static final class Leaf {
        private List<String> uris = List.of();
        private List<String> dnsNames = List.of();
        private List<KeyPurposeId> usages =
                List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
        private boolean ca;
        private Instant from = Instant.now().minus(Duration.ofMinutes(2));
        private Instant to = Instant.now().plus(Duration.ofHours(1));

        Leaf uris(String... values) {
            uris = List.of(values);
            return this;
        }

        Leaf dnsNames(String... values) {
            dnsNames = List.of(values);
            return this;
        }

        Leaf usages(KeyPurposeId... values) {
            usages = List.of(values);
            return this;
        }

        Leaf ca(boolean value) {
            ca = value;
            return this;
        }

        Leaf expired() {
            from = Instant.now().minus(Duration.ofHours(2));
            to = Instant.now().minus(Duration.ofHours(1));
            return this;
        }

        Leaf notYetValid() {
            from = Instant.now().plus(Duration.ofHours(1));
            to = Instant.now().plus(Duration.ofHours(2));
            return this;
        }
    }

    private static X500Name issuerName(TestCa ca) {
        return X500Name.getInstance(ca.certificate.getSubjectX500Principal().getEncoded());
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static X509Certificate sign(
            X500Name subject, X500Name issuer, KeyPair signer, KeyPair subjectKeys, Leaf leaf) {
        try {
            X509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            issuer,
                            BigInteger.valueOf(SERIAL.getAndIncrement()),
                            Date.from(leaf.from),
                            Date.from(leaf.to),
                            subject,
                            subjectKeys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(leaf.ca));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(
                            leaf.ca
                                    ? KeyUsage.keyCertSign
                                            | KeyUsage.cRLSign
                                            | KeyUsage.digitalSignature
                                    : KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
            if (!leaf.usages.isEmpty()) {
                builder.addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(leaf.usages.toArray(KeyPurposeId[]::new)));
            }
            List<GeneralName> names = new ArrayList<>();
            leaf.dnsNames.forEach(n -> names.add(new GeneralName(GeneralName.dNSName, n)));
            leaf.uris.forEach(
                    n -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, n)));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        true,
                        new GeneralNames(names.toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(signer.getPrivate())));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
