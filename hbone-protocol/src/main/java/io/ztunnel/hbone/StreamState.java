package io.ztunnel.hbone;

/**
 * Which directions of a stream are still open, RFC 9113 §5.1 without the states that CONNECT never
 * sees (idle and reserved ones have no object here).
 *
 * <pre>
 *              SENT_END      RECEIVED_END  CUT
 * OPEN         LOCAL_ENDED   REMOTE_ENDED  CLOSED
 * LOCAL_ENDED  -             CLOSED        CLOSED
 * REMOTE_ENDED CLOSED        -             CLOSED
 * CLOSED       CLOSED        CLOSED        CLOSED
 * </pre>
 */
enum StreamState {
    OPEN,
    /** We have sent END_STREAM. */
    LOCAL_ENDED,
    /** The peer has sent END_STREAM. */
    REMOTE_ENDED,
    CLOSED;

    enum Event {
        SENT_END,
        RECEIVED_END,
        /** A reset by either side, or the loss of the tunnel. */
        CUT
    }

    /**
     * @throws IllegalStateException for the dashes of the table: an end is sent once, and a second
     *     one from the peer is answered with STREAM_CLOSED before it gets here
     */
    StreamState after(Event event) {
        return switch (this) {
            case OPEN ->
                    switch (event) {
                        case SENT_END -> LOCAL_ENDED;
                        case RECEIVED_END -> REMOTE_ENDED;
                        case CUT -> CLOSED;
                    };
            case LOCAL_ENDED ->
                    switch (event) {
                        case SENT_END -> throw twice(event);
                        case RECEIVED_END, CUT -> CLOSED;
                    };
            case REMOTE_ENDED ->
                    switch (event) {
                        case RECEIVED_END -> throw twice(event);
                        case SENT_END, CUT -> CLOSED;
                    };
            case CLOSED -> CLOSED;
        };
    }

    boolean canSend() {
        return this == OPEN || this == REMOTE_ENDED;
    }

    boolean canReceive() {
        return this == OPEN || this == LOCAL_ENDED;
    }

    private IllegalStateException twice(Event event) {
        return new IllegalStateException(event + " in " + this);
    }
}
