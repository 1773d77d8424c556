package io.ztunnel.xds;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies the chain of a control plane server and that it is for the host we dialled or, where one
 * is configured, the alternate host. The name is checked here and not by the TLS library, which
 * knows one name only.
 */
final class ControlPlaneTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager chains;
    private final String host;
    private final String alternate;

    ControlPlaneTrust(X509ExtendedTrustManager chains, String host, String alternate) {
        this.chains = chains;
        this.host = host;
        this.alternate = alternate;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        chains.checkServerTrusted(chain, authType);
        X509Certificate leaf = chain[0];
        if (!ServerNames.matches(leaf, host) && !ServerNames.matches(leaf, alternate)) {
            throw new CertificateException(
                    "the server's certificate is neither for " + host + " nor for " + alternate);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("this end is never a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }
}
