package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

/** A stream that a peer opened and that awaits an answer. */
public interface InboundStream extends HboneStream {
    /** What it asks for; until the answer. */
    ConnectRequest request();

    /** The tunnel that carries it. */
    InboundTunnel tunnel();

    /**
     * Answers 200, without END_STREAM.
     *
     * @param baggage header describing the destination; null for none
     */
    void accept(@Nullable String baggage);

    /** Answers the status with END_STREAM and no body, then resets with NO_ERROR if still open. */
    void refuse(int status);
}
