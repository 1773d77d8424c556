package io.ztunnel.daemon.identity;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates out of PEM text, RFC 7468. Text around the blocks is ignored. */
final class PemBlocks {
    private static final int MAX_LENGTH = 1 << 20;
    private static final int MAX_BLOCKS = 512;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]++)-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
    private static final String CERTIFICATE = "CERTIFICATE";

    private PemBlocks() {}

    /** The first block, which must be a certificate. */
    static X509Certificate first(String pem) throws IdentityException {
        return read(pem, 1).getFirst();
    }

    /** All blocks, one or more, each of which must be a certificate. */
    static List<X509Certificate> all(String pem) throws IdentityException {
        return read(pem, MAX_BLOCKS);
    }

    private static List<X509Certificate> read(String pem, int limit) throws IdentityException {
        if (pem.length() > MAX_LENGTH) {
            throw IdentityException.badResponse(
                    "certificates of " + pem.length() + " characters are too long", null);
        }
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (certificates.size() < limit && block.find()) {
            if (!block.group(1).equals(CERTIFICATE)) {
                throw IdentityException.badResponse(
                        "expected a certificate, found " + block.group(1), null);
            }
            certificates.add(decode(block.group(2)));
        }
        if (certificates.isEmpty()) {
            throw IdentityException.badResponse("no certificate in PEM text", null);
        }
        return certificates;
    }

    private static X509Certificate decode(String base64) throws IdentityException {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
        } catch (java.security.cert.CertificateException | IllegalArgumentException e) {
            throw IdentityException.badResponse(
                    "certificate cannot be parsed: " + e.getMessage(), e);
        }
    }
}
