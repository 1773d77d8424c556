package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import java.security.cert.X509Certificate;
import java.util.List;

/** A TLS connection on which we open streams. Confined to its event loop. */
public interface OutboundTunnel {
    EventLoop eventLoop();

    /**
     * Opens a stream and waits for 200.
     *
     * @param handler receives the stream's events from the 200 on
     * @return the open stream, or {@link HboneException} with STATUS, RESET, HTTP2 or DRAINING
     */
    Future<HboneStream> connect(ConnectRequest request, StreamHandler handler);

    /** Streams that are open or being opened. */
    int streams();

    /**
     * Streams that find a place at once: what the settings allow, or the peer if that is less. More
     * may be asked for, up to as many again wait until others end or the answer is overdue. May be
     * called from any thread, and changes when the peer says so.
     */
    default int maxStreams() {
        return Integer.MAX_VALUE;
    }

    /** False after GOAWAY, close or loss. */
    boolean isUsable();

    /** SPIFFE URIs that the peer presented. */
    List<String> peerIdentities();

    /** The certificates from the peer's to the root that it was verified with. */
    default List<X509Certificate> peerPath() {
        return List.of();
    }

    /** GOAWAY(NO_ERROR); closes when the last stream ends. */
    void drain();

    /** Closes at once; every stream ends. */
    void close();

    /** Runs on the event loop when the tunnel becomes unusable, at once if it already is. */
    void onUnusable(Runnable listener);

    /** Runs on the event loop each time a stream has ended. */
    void onStreamEnd(Runnable listener);
}
