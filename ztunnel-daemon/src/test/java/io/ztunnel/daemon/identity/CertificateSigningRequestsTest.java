package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Identity;

import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;

class CertificateSigningRequestsTest {
    private static final Identity WEB = new Identity("cluster.local", "ns", "web");

    private static JcaPKCS10CertificationRequest decode(String pem) throws Exception {
        assertThat(pem)
                .startsWith("-----BEGIN CERTIFICATE REQUEST-----\n")
                .endsWith("\n-----END CERTIFICATE REQUEST-----\n");
        String base64 =
                pem.lines().filter(line -> !line.startsWith("-")).reduce("", String::concat);
        return new JcaPKCS10CertificationRequest(Base64.getDecoder().decode(base64));
    }

    @Test
    void aRequestHasAP256KeyNoSubjectAndOneCriticalUri() throws Exception {
        CertificateSigningRequests.SigningRequest made =
                CertificateSigningRequests.create(WEB, new SecureRandom());
        JcaPKCS10CertificationRequest request = decode(made.pem());

        assertThat(request.getSubject().getRDNs()).isEmpty();
        assertThat(request.getPublicKey())
                .isInstanceOfSatisfying(
                        ECPublicKey.class,
                        key -> assertThat(key.getParams().toString()).contains("secp256r1"));
        assertThat(request.getSignatureAlgorithm().getAlgorithm())
                .isEqualTo(X9ObjectIdentifiers.ecdsa_with_SHA256);
        assertThat(
                        request.isSignatureValid(
                                new JcaContentVerifierProviderBuilder()
                                        .build(request.getPublicKey())))
                .isTrue();
        Extensions extensions = request.getRequestedExtensions();
        assertThat(extensions.getExtensionOIDs()).containsExactly(Extension.subjectAlternativeName);
        Extension san = extensions.getExtension(Extension.subjectAlternativeName);
        assertThat(san.isCritical()).isTrue();
        GeneralName[] names = GeneralNames.getInstance(san.getParsedValue()).getNames();
        assertThat(names)
                .containsExactly(
                        new GeneralName(
                                GeneralName.uniformResourceIdentifier,
                                "spiffe://cluster.local/ns/ns/sa/web"));
        assertThat(made.key().getFormat()).isEqualTo("PKCS#8");
        assertThat(made.toString()).isEqualTo("SigningRequest");
    }

    @Test
    void eachRequestHasItsOwnKey() throws Exception {
        SecureRandom random = new SecureRandom();
        assertThat(decode(CertificateSigningRequests.create(WEB, random).pem()).getPublicKey())
                .isNotEqualTo(
                        decode(CertificateSigningRequests.create(WEB, random).pem())
                                .getPublicKey());
    }
}
