package io.ztunnel.hbone;

import io.netty.channel.Channel;

import java.security.cert.X509Certificate;
import java.util.List;

/** A TLS connection on which a peer opens streams. Methods may be called from any thread. */
public interface InboundTunnel {
    Channel channel();

    /** SPIFFE URIs of the peer's certificate in order, at least one. */
    List<String> peerIdentities();

    /** The certificates from the peer's to the root that it was verified with. */
    default List<X509Certificate> peerPath() {
        return List.of();
    }

    /** GOAWAY: no new streams; closes when the last one ends. */
    void drain();

    /** GOAWAY(NO_ERROR) and close at once; every stream ends. */
    void close();
}
