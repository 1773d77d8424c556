package io.ztunnel.daemon.telemetry;

/** Which end of a connection reports it. */
public enum Reporter {
    /** The client's ztunnel; the connection is outbound. */
    SOURCE("source", "outbound"),
    /** The server's ztunnel; the connection is inbound. */
    DESTINATION("destination", "inbound");

    private final String label;
    private final String direction;

    Reporter(String label, String direction) {
        this.label = label;
        this.direction = direction;
    }

    String label() {
        return label;
    }

    String direction() {
        return direction;
    }
}
