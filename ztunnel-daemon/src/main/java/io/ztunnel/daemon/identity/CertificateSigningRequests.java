package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/**
 * Makes a fresh P-256 key and a PKCS#10 request for it: empty subject (istiod would copy a common
 * name), and the SPIFFE URI as the only, critical, subject alternative name.
 */
final class CertificateSigningRequests {
    static final X500Name EMPTY_SUBJECT = new X500Name(new RDN[0]);
    private static final Base64.Encoder LINES =
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private CertificateSigningRequests() {}

    /** A request and its key; the key never shows. */
    record SigningRequest(PrivateKey key, String pem) {
        @Override
        public String toString() {
            return "SigningRequest";
        }
    }

    static SigningRequest create(Identity identity, SecureRandom random) throws IdentityException {
        try {
            KeyPair pair = newKeyPair(random);
            ExtensionsGenerator extensions = new ExtensionsGenerator();
            extensions.addExtension(
                    Extension.subjectAlternativeName, true, uri(identity.toString()));
            PKCS10CertificationRequest request =
                    new JcaPKCS10CertificationRequestBuilder(EMPTY_SUBJECT, pair.getPublic())
                            .addAttribute(
                                    PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
                                    extensions.generate())
                            .build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .setSecureRandom(random)
                                            .build(pair.getPrivate()));
            String pem =
                    "-----BEGIN CERTIFICATE REQUEST-----\n"
                            + LINES.encodeToString(request.getEncoded())
                            + "\n-----END CERTIFICATE REQUEST-----\n";
            return new SigningRequest(pair.getPrivate(), pem);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IdentityException(
                    IdentityException.Code.REQUEST, "failed to create CSR: " + e.getMessage(), e);
        }
    }

    static GeneralNames uri(String uri) {
        return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
    }

    static KeyPair newKeyPair(SecureRandom random) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }
}
