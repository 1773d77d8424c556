package io.ztunnel.linux;

/** What came of waiting for a packet. */
public sealed interface Received permits Packet, Received.Nothing {
    /** No packet. */
    enum Nothing implements Received {
        /** The time is over. */
        TIMED_OUT,
        /** The peer has gone, or {@link SeqPacketSocket#shutdown} was called. */
        END_OF_STREAM
    }
}
