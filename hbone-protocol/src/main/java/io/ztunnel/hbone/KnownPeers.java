package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Chains that led to the roots before. Peers come again with the certificate that they had, and
 * whether its signatures are right does not change; finding out costs more than the rest of a
 * handshake. The time does change, so it is looked at whenever a chain comes again.
 *
 * <p>Belongs to one set of roots. The 1,024 chains used last are kept. Thread-safe.
 */
final class KnownPeers {
    private static final int MAX_CHAINS = 1024;

    /** The bytes of all certificates that were presented, in order. */
    private static final class Chain {
        private final byte[][] encoded;
        private final int hash;

        Chain(X509Certificate[] presented) throws CertificateEncodingException {
            encoded = new byte[presented.length][];
            for (int i = 0; i < presented.length; i++) {
                encoded[i] = presented[i].getEncoded();
            }
            hash = Arrays.deepHashCode(encoded);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Chain chain
                    && hash == chain.hash
                    && Arrays.deepEquals(encoded, chain.encoded);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** Milliseconds since the epoch, both included. */
    private record Peer(VerifiedPeer verified, long notBefore, long notAfter) {}

    private final InstantSource clock;
    private final Map<Chain, Peer> known =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Chain, Peer> eldest) {
                    return size() > MAX_CHAINS;
                }
            };

    KnownPeers(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @return whom a chain that is known and valid now has proven; null when everything has to be
     *     looked at
     */
    @Nullable VerifiedPeer find(X509Certificate[] presented) throws CertificateEncodingException {
        Chain chain = new Chain(presented);
        Peer peer;
        synchronized (known) {
            peer = known.get(chain);
        }
        long now = clock.millis();
        return peer != null && now >= peer.notBefore && now <= peer.notAfter ? peer.verified : null;
    }

    /** A path has been found. It is good for as long as all that was presented is. */
    void add(X509Certificate[] presented, VerifiedPeer verified)
            throws CertificateEncodingException {
        long notBefore = Long.MIN_VALUE;
        long notAfter = Long.MAX_VALUE;
        for (X509Certificate certificate : presented) {
            notBefore = Math.max(notBefore, certificate.getNotBefore().toInstant().toEpochMilli());
            notAfter = Math.min(notAfter, certificate.getNotAfter().toInstant().toEpochMilli());
        }
        Peer peer = new Peer(verified, notBefore, notAfter);
        Chain chain = new Chain(presented);
        synchronized (known) {
            known.put(chain, peer);
        }
    }
}
