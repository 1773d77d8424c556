package io.ztunnel.hbone;

import io.netty.channel.Channel;

import java.util.List;

/** A TLS connection on which a peer opens streams. Methods may be called from any thread. */
public interface InboundTunnel {
    Channel channel();

    /** SPIFFE URIs of the peer's certificate in order, at least one. */
    List<String> peerIdentities();

    /** GOAWAY: no new streams; closes when the last one ends. */
    void drain();

    /** GOAWAY(NO_ERROR) and close at once; every stream ends. */
    void close();
}
