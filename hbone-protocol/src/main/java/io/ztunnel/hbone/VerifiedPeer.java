package io.ztunnel.hbone;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who the other end of a tunnel has proven to be.
 *
 * @param identities SPIFFE URIs of its certificate, in order
 * @param path from its certificate to the root, both included
 */
record VerifiedPeer(List<String> identities, List<X509Certificate> path) {
    VerifiedPeer {
        identities = List.copyOf(identities);
        path = List.copyOf(path);
    }
}
