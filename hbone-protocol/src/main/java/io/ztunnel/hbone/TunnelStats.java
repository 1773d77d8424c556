package io.ztunnel.hbone;

/**
 * One tunnel of a pool at one moment, for dumps.
 *
 * @param key what the tunnel is for
 * @param state where it is in its life
 * @param streams leases out: streams that are open, being opened or waiting for the tunnel
 * @param loop index of its event loop among the pool's
 */
public record TunnelStats(TunnelKey key, State state, int streams, int loop) {
    /** The life of a pooled tunnel, in order; any state may be the last. */
    public enum State {
        /** Connecting and shaking hands; those who want it wait. */
        OPENING,
        /** Takes streams. */
        OPEN,
        /** Takes no new streams; closes when the last one ends. */
        RETIRED
    }
}
