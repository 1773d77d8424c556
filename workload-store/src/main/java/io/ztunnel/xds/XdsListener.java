package io.ztunnel.xds;

import java.time.Duration;

/** What telemetry wants to know of the client. Called on the control thread; must not block. */
public interface XdsListener {
    XdsListener NONE = new XdsListener() {};

    /** How an attempt ended; {@link #label} is what metrics call it. */
    enum Termination {
        /** No stream came about. */
        CONNECTION_ERROR("ConnectionError"),
        /** The stream broke in a way that is to be expected of long-lived ones. */
        RECONNECT("Reconnect"),
        /** The server, or something here, failed. */
        ERROR("Error"),
        /** The server ended the stream in good order. */
        COMPLETE("Complete");

        private final String label;

        Termination(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** The server answered: a stream is up. */
    default void connected() {}

    /**
     * @param detail why, for people
     * @param wait until the next attempt
     */
    default void disconnected(Termination reason, String detail, Duration wait) {}

    /**
     * A response arrived, be it usable or not.
     *
     * @param resourceBytes the sum of its resources' payloads
     */
    default void received(String typeUrl, long resourceBytes) {}

    /** At least one resource of a response was rejected; the others are in the store. */
    default void nacked(String typeUrl, String message) {}

    /** Once: of each type one response was wholly accepted. */
    default void synced() {}
}
