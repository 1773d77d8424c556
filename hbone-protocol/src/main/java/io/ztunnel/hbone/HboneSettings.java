package io.ztunnel.hbone;

import java.time.Duration;

/**
 * Knobs of the tunnel, equal for client and server unless said otherwise.
 *
 * @param streamWindow bytes the peer may send on one stream ahead of us, once it uses them: see
 *     {@link #firstStreamWindow}
 * @param connectionWindow bytes on all streams of a tunnel; at least four stream windows
 * @param maxFrameSize SETTINGS_MAX_FRAME_SIZE that we advertise, 16384 to 16777215
 * @param maxConcurrentStreams advertised by the server; the next stream is refused
 * @param maxStreamsPerTunnel a client's tunnel takes at most so many streams, 1 or more
 * @param idleTimeout a client's tunnel without streams is closed after this time
 * @param connectTimeout for the TCP connect of a tunnel
 * @param handshakeTimeout for TLS and the HTTP/2 preface, and for the answer to a CONNECT
 * @param pingInterval time from one PONG (or the handshake) to the next PING
 * @param pingTimeout silence after which the tunnel is closed
 */
public record HboneSettings(
        int streamWindow,
        int connectionWindow,
        int maxFrameSize,
        int maxConcurrentStreams,
        int maxStreamsPerTunnel,
        Duration idleTimeout,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration pingInterval,
        Duration pingTimeout) {

    /** The streams of a tunnel may hold so many of its windows, and one more on the way. */
    static final int HELD_WINDOWS = 3;

    /** What HTTP/2 gives every stream anyway, or nearly. */
    private static final int SMALLEST_FIRST_WINDOW = 64 * 1024;

    private static final int KIB = 1024;

    public static final HboneSettings DEFAULTS =
            new HboneSettings(
                    4 << 20,
                    16 << 20,
                    1 << 20,
                    200,
                    100,
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20));

    /**
     * Bytes that the peer may send on a stream before it has shown that it needs more. As many
     * streams as there may be take half of what a tunnel may hold with them: 122 KiB by default.
     */
    int firstStreamWindow() {
        long fair = heldBytes() / 2 / maxConcurrentStreams / KIB * KIB;
        return (int) Math.min(streamWindow, Math.max(fair, SMALLEST_FIRST_WINDOW));
    }

    /** Bytes that all windows of a tunnel together may grow by. */
    long windowGrowth() {
        return Math.max(0, heldBytes() - (long) maxConcurrentStreams * firstStreamWindow());
    }

    /** Bytes that the streams of a tunnel may hold before its connection waits for them. */
    long heldBytes() {
        return HELD_WINDOWS * (long) connectionWindow;
    }
}
