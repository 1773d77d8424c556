package io.ztunnel.daemon.identity;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;

/**
 * What the dump says of one certificate.
 *
 * @param pem ends with a newline
 * @param serialNumber decimal
 */
public record CertificateDetails(
        String pem, String serialNumber, Instant notBefore, Instant notAfter) {
    private static final Base64.Encoder LINES =
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    static CertificateDetails of(X509Certificate certificate) throws CertificateEncodingException {
        String pem =
                "-----BEGIN CERTIFICATE-----\n"
                        + LINES.encodeToString(certificate.getEncoded())
                        + "\n-----END CERTIFICATE-----\n";
        return new CertificateDetails(
                pem,
                certificate.getSerialNumber().toString(),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }
}
