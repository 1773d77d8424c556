package io.ztunnel.sandbox.istiod;

import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * The mesh's root of trust: signs workload certificates as istiod does, and the control plane's own
 * server certificate. The root survives restarts in files that only root can read.
 */
public final class SigningAuthority {
    private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(2);
    private static final int SERIAL_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final X509Certificate root;
    private final PrivateKey key;
    private final InstantSource clock;

    private SigningAuthority(X509Certificate root, PrivateKey key, InstantSource clock) {
        this.root = root;
        this.key = key;
        this.clock = clock;
    }

    /** Reads {@code root-cert.pem} and {@code root-key.pem} of the directory, or makes them. */
    public static SigningAuthority open(Path directory, String organization, InstantSource clock)
            throws IOException {
        Path certificateFile = directory.resolve("root-cert.pem");
        Path keyFile = directory.resolve("root-key.pem");
        if (Files.exists(certificateFile) && Files.exists(keyFile)) {
            return new SigningAuthority(
                    certificate(Files.readString(certificateFile)),
                    privateKey(Files.readString(keyFile)),
                    clock);
        }
        SigningAuthority fresh = create(organization, clock);
        Files.createDirectories(directory);
        Files.deleteIfExists(keyFile);
        Files.createFile(
                keyFile,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(keyFile, pem(fresh.key));
        Files.writeString(certificateFile, fresh.rootPem());
        return fresh;
    }

    static SigningAuthority create(String organization, InstantSource clock) {
        KeyPair keys = newKeyPair();
        X500Name name = new X500Name("O=" + organization);
        Instant now = clock.instant();
        try {
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            name,
                            newSerial(),
                            Date.from(now.minus(CLOCK_SKEW)),
                            Date.from(now.plus(ROOT_LIFETIME)),
                            name,
                            keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(
                            KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            return new SigningAuthority(sign(builder, keys.getPrivate()), keys.getPrivate(), clock);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot make a root certificate", e);
        }
    }

    public String rootPem() {
        return pem(root);
    }

    /**
     * A workload certificate: empty subject, one critical URI SAN, for client and server.
     *
     * @param lifetime from now; cut to the root's own end
     */
    public X509Certificate signWorkload(PublicKey subject, String spiffeId, Duration lifetime) {
        return signLeaf(
                subject,
                new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId),
                List.of(),
                lifetime);
    }

    /** A list of revoked certificates, as PEM. */
    public String revocationList(List<X509Certificate> revoked) {
        Instant now = clock.instant();
        JcaX509v2CRLBuilder builder =
                new JcaX509v2CRLBuilder(
                        root.getSubjectX500Principal(), Date.from(now.minus(CLOCK_SKEW)));
        builder.setNextUpdate(Date.from(now.plus(Duration.ofDays(1))));
        revoked.forEach(
                certificate ->
                        builder.addCRLEntry(
                                certificate.getSerialNumber(),
                                Date.from(now),
                                CRLReason.keyCompromise));
        try {
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(root));
            builder.addExtension(
                    Extension.cRLNumber,
                    false,
                    new CRLNumber(BigInteger.valueOf(now.toEpochMilli())));
            return pem(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot sign a revocation list", e);
        }
    }

    /** A server certificate for host names and addresses. */
    public X509Certificate signServer(
            PublicKey subject, List<String> names, List<InetAddress> addresses, Duration lifetime) {
        List<GeneralName> further = new ArrayList<>();
        names.forEach(name -> further.add(new GeneralName(GeneralName.dNSName, name)));
        addresses.forEach(
                a -> further.add(new GeneralName(GeneralName.iPAddress, a.getHostAddress())));
        return signLeaf(subject, further.removeFirst(), further, lifetime);
    }

    private X509Certificate signLeaf(
            PublicKey subject, GeneralName first, List<GeneralName> further, Duration lifetime) {
        Instant now = clock.instant();
        Instant end = now.plus(lifetime);
        Instant rootEnd = root.getNotAfter().toInstant();
        try {
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
                            newSerial(),
                            Date.from(now.minus(CLOCK_SKEW)),
                            Date.from(end.isAfter(rootEnd) ? rootEnd : end),
                            new X500Name(new RDN[0]),
                            subject);
            List<ASN1Encodable> names = new ArrayList<>();
            names.add(first);
            names.addAll(further);
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    true,
                    GeneralNames.getInstance(new DERSequence(names.toArray(ASN1Encodable[]::new))));
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
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(root));
            return sign(builder, key);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot sign a certificate", e);
        }
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, GeneralSecurityException {
        X509CertificateHolder holder =
                builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key));
        return new JcaX509CertificateConverter().getCertificate(holder);
    }

    /** A new P-256 key pair. */
    public static KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("P-256 is part of every JDK", e);
        }
    }

    private static BigInteger newSerial() {
        return new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE);
    }

    /** PEM of a certificate or a private key (PKCS#8). */
    public static String pem(Object object) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(
                    object instanceof PrivateKey privateKey
                            ? new JcaPKCS8Generator(privateKey, null)
                            : object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static X509Certificate certificate(String pem) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            if (parser.readObject() instanceof X509CertificateHolder holder) {
                return new JcaX509CertificateConverter().getCertificate(holder);
            }
            throw new IOException("root-cert.pem does not hold a certificate");
        } catch (GeneralSecurityException e) {
            throw new IOException("root-cert.pem cannot be read", e);
        }
    }

    private static PrivateKey privateKey(String pem) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
            return switch (parser.readObject()) {
                case PrivateKeyInfo info -> converter.getPrivateKey(info);
                case PEMKeyPair pair -> converter.getPrivateKey(pair.getPrivateKeyInfo());
                case null, default -> throw new IOException("root-key.pem does not hold a key");
            };
        }
    }
}
