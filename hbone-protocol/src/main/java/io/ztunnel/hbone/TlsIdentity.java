package io.ztunnel.hbone;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A workload certificate as TLS needs it. The key never appears in {@link #toString}.
 *
 * @param spiffeId first URI SAN of the leaf
 * @param chain leaf first, then intermediates, without roots
 * @param roots anchors that peers of this identity are verified against
 */
public record TlsIdentity(
        String spiffeId, PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots) {

    /** The piece between {@code spiffe://} and the next slash. */
    public String trustDomain() {
        int from = "spiffe://".length();
        int to = spiffeId.indexOf('/', from);
        return to < 0 ? spiffeId.substring(from) : spiffeId.substring(from, to);
    }

    @Override
    public String toString() {
        return "TlsIdentity[" + spiffeId + "]";
    }
}
