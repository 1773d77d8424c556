package io.ztunnel.hbone;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * SPIFFE identities as Istio writes them, {@code spiffe://<trust domain>/ns/<namespace>/sa/<service
 * account>}. They are compared as text: no case folding, no percent-decoding, no normalisation.
 */
public final class SpiffeUris {
    private static final String PREFIX = "spiffe://";

    /** GeneralName's choice of a URI, RFC 5280 §4.2.1.6. */
    private static final int URI_NAME = 6;

    private SpiffeUris() {}

    /**
     * The SPIFFE identities among the subject alternative names, in the certificate's order. Other
     * names, other URIs and URIs of another shape are left out; a certificate whose extension
     * cannot be parsed has none.
     */
    public static List<String> of(X509Certificate certificate) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return List.of();
        }
        if (names == null) {
            return List.of();
        }
        List<String> uris = new ArrayList<>(1);
        for (List<?> name : names) {
            if (name.get(0) instanceof Integer kind
                    && kind == URI_NAME
                    && name.get(1) instanceof String uri
                    && isIdentity(uri)) {
                uris.add(uri);
            }
        }
        return List.copyOf(uris);
    }

    /** True for {@code spiffe://} and exactly five pieces, the second and fourth as named above. */
    public static boolean isIdentity(String uri) {
        if (!uri.startsWith(PREFIX)) {
            return false;
        }
        String[] pieces = uri.substring(PREFIX.length()).split("/", -1);
        return pieces.length == 5 && pieces[1].equals("ns") && pieces[3].equals("sa");
    }

    /** The piece between {@code spiffe://} and the next slash. */
    static String trustDomain(String identity) {
        int end = identity.indexOf('/', PREFIX.length());
        return identity.substring(PREFIX.length(), end < 0 ? identity.length() : end);
    }
}
