package io.ztunnel.xds;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts a second host name for the server, for a control plane that is reached through an address
 * its certificate does not know. Only the name is relaxed; the chain is verified as ever.
 */
final class AlternateNameTrustManager extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;

    private final X509ExtendedTrustManager trust;
    private final String alternate;

    AlternateNameTrustManager(X509ExtendedTrustManager trust, String alternate) {
        this.trust = trust;
        this.alternate = alternate.toLowerCase(Locale.ROOT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            trust.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            trust.checkServerTrusted(chain, authType);
            if (!names(chain[0])) {
                e.addSuppressed(
                        new CertificateException("nor is the certificate for " + alternate));
                throw e;
            }
        }
    }

    /** RFC 6125: a wildcard stands for the whole leftmost label. */
    private boolean names(X509Certificate certificate) throws CertificateException {
        @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names == null) {
            return false;
        }
        int dot = alternate.indexOf('.');
        String wildcard = dot < 0 ? alternate : "*" + alternate.substring(dot);
        for (List<?> name : names) {
            if (name.get(0) instanceof Integer type
                    && type == DNS_NAME
                    && name.get(1) instanceof String text) {
                String lower = text.toLowerCase(Locale.ROOT);
                if (lower.equals(alternate) || lower.equals(wildcard)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("only engines are used here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("the host name must be verified");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("this side is the client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("this side is the client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("this side is the client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
