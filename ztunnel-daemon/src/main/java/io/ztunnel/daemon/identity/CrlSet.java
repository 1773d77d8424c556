package io.ztunnel.daemon.identity;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.security.auth.x500.X500Principal;

/**
 * The revocation lists of one reading of a file, by issuer. A list counts for the certificates that
 * the key signed which signed the list: roots of two generations may have one name. What no list
 * covers is not revoked, and a list that is out of date still counts. Immutable but for what it
 * remembers of signatures; thread-safe.
 */
final class CrlSet {
    static final CrlSet EMPTY = new CrlSet(List.of());

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN X509 CRL-----([A-Za-z0-9+/=\\s]*+)-----END X509 CRL-----");
    private static final String PEM_MARK = "-----BEGIN ";

    /** One list, and which keys are known to have signed it or not. */
    private record Signed(X509CRL list, Map<PublicKey, Boolean> signers) {
        boolean isBy(X509Certificate issuer) {
            return signers.computeIfAbsent(issuer.getPublicKey(), this::verifies);
        }

        private boolean verifies(PublicKey key) {
            try {
                list.verify(key);
                return true;
            } catch (GeneralSecurityException e) {
                return false;
            }
        }
    }

    private final Map<X500Principal, List<Signed>> byIssuer = new HashMap<>();
    private final int size;

    private CrlSet(List<X509CRL> lists) {
        for (X509CRL list : lists) {
            byIssuer.computeIfAbsent(list.getIssuerX500Principal(), k -> new ArrayList<>(1))
                    .add(new Signed(list, new ConcurrentHashMap<>()));
        }
        size = lists.size();
    }

    /**
     * @param file PEM, of which other blocks than CRLs are passed over, or one CRL in DER; empty
     *     for no lists
     * @throws CRLException with the reason why it cannot be used
     */
    static CrlSet parse(byte[] file) throws CRLException {
        if (file.length == 0) {
            return EMPTY;
        }
        String text = new String(file, StandardCharsets.ISO_8859_1);
        if (!text.contains(PEM_MARK)) {
            return text.isBlank() ? EMPTY : new CrlSet(List.of(decode(file)));
        }
        List<X509CRL> lists = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            try {
                lists.add(decode(Base64.getMimeDecoder().decode(block.group(1))));
            } catch (IllegalArgumentException e) {
                throw new CRLException("list " + (lists.size() + 1) + " is not base64", e);
            }
        }
        if (lists.isEmpty()) {
            throw new CRLException("it has no block of type X509 CRL");
        }
        return new CrlSet(lists);
    }

    private static X509CRL decode(byte[] der) throws CRLException {
        X509CRL list;
        try {
            list =
                    (X509CRL)
                            CertificateFactory.getInstance("X.509")
                                    .generateCRL(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new CRLException("this JVM reads no CRLs: " + e.getMessage(), e);
        }
        if (list.hasUnsupportedCriticalExtension()) {
            throw new CRLException(
                    "the list of "
                            + list.getIssuerX500Principal()
                            + " has a critical extension that is not understood");
        }
        return list;
    }

    /** How many lists there are. */
    int size() {
        return size;
    }

    /**
     * @param path from a peer's certificate to its root
     * @return the certificate that is revoked, in words
     */
    @Nullable String revoked(List<X509Certificate> path) {
        if (byIssuer.isEmpty()) {
            return null;
        }
        for (int i = 0; i + 1 < path.size(); i++) {
            X509Certificate certificate = path.get(i);
            if (isRevoked(certificate, path.get(i + 1))) {
                BigInteger serial = certificate.getSerialNumber();
                return "serial number "
                        + serial.toString(16)
                        + " of issuer "
                        + certificate.getIssuerX500Principal().getName();
            }
        }
        return null;
    }

    private boolean isRevoked(X509Certificate certificate, X509Certificate issuer) {
        List<Signed> lists = byIssuer.getOrDefault(certificate.getIssuerX500Principal(), List.of());
        for (Signed signed : lists) {
            X509CRLEntry entry = signed.list().getRevokedCertificate(certificate.getSerialNumber());
            // Cheap first: hardly any certificate is on a list.
            if (entry != null && signed.isBy(issuer)) {
                return true;
            }
        }
        return false;
    }
}
