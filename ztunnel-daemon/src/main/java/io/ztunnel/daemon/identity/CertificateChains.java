package io.ztunnel.daemon.identity;

import io.ztunnel.hbone.TlsIdentity;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Reads what a CA answers: the leaf, then one intermediate per element, and as the last element the
 * bundle of roots that peers are verified against.
 */
final class CertificateChains {
    private static final Logger log = LoggerFactory.getLogger(CertificateChains.class);
    private static final int MAX_ELEMENTS = 32;
    private static final int URI = 6; // GeneralName, RFC 5280 4.2.1.6

    private CertificateChains() {}

    /**
     * @param checkIdentity whether the leaf must be for exactly that identity
     * @throws IdentityException when the answer cannot be used
     */
    static WorkloadCertificate parse(
            Identity identity, PrivateKey key, List<String> elements, boolean checkIdentity)
            throws IdentityException {
        if (elements.isEmpty()) {
            throw new IdentityException(
                    IdentityException.Code.EMPTY_RESPONSE,
                    "chain returned from CA is empty for: " + identity,
                    null);
        }
        if (elements.size() < 2) {
            throw IdentityException.badResponse("no root certificate present", null);
        }
        if (elements.size() > MAX_ELEMENTS) {
            throw IdentityException.badResponse(
                    "chain of " + elements.size() + " elements is too long", null);
        }
        List<X509Certificate> chain = new ArrayList<>();
        for (String element : elements.subList(0, elements.size() - 1)) {
            chain.add(PemBlocks.first(element));
        }
        X509Certificate leaf = chain.getFirst();
        String uri = firstUri(leaf);
        if (checkIdentity && (uri == null || !identity.equals(Identity.parse(uri)))) {
            throw IdentityException.wrongIdentity(identity);
        }
        List<X509Certificate> roots = usableRoots(PemBlocks.all(elements.getLast()));
        return new WorkloadCertificate(
                identity,
                new TlsIdentity(
                        uri == null ? identity.toString() : uri, key, List.copyOf(chain), roots),
                describe(chain),
                describe(roots),
                leaf.getNotBefore().toInstant(),
                leaf.getNotAfter().toInstant());
    }

    /** A root that cannot sign anything would make no peer trusted; the others still count. */
    private static List<X509Certificate> usableRoots(List<X509Certificate> bundle)
            throws IdentityException {
        List<X509Certificate> usable = new ArrayList<>();
        for (X509Certificate root : bundle) {
            if (root.getVersion() == 3 && root.getBasicConstraints() < 0) {
                log.atWarn()
                        .addKeyValue("subject", root.getSubjectX500Principal().getName())
                        .log("a root certificate of the CA is no CA certificate, it is skipped");
            } else {
                usable.add(root);
            }
        }
        if (usable.isEmpty()) {
            throw IdentityException.badResponse("no usable root certificate present", null);
        }
        return List.copyOf(usable);
    }

    private static @Nullable String firstUri(X509Certificate leaf) throws IdentityException {
        try {
            Collection<List<?>> names = leaf.getSubjectAlternativeNames();
            if (names == null) {
                return null;
            }
            for (List<?> name : names) {
                if (name.get(0) instanceof Integer type
                        && type == URI
                        && name.get(1) instanceof String uri) {
                    return uri;
                }
            }
            return null;
        } catch (CertificateParsingException e) {
            throw IdentityException.badResponse(
                    "subject alternative names cannot be parsed: " + e.getMessage(), e);
        }
    }

    private static List<CertificateDetails> describe(List<X509Certificate> certificates)
            throws IdentityException {
        List<CertificateDetails> details = new ArrayList<>();
        try {
            for (X509Certificate certificate : certificates) {
                details.add(CertificateDetails.of(certificate));
            }
        } catch (CertificateEncodingException e) {
            throw IdentityException.badResponse(
                    "certificate cannot be encoded: " + e.getMessage(), e);
        }
        return List.copyOf(details);
    }
}
