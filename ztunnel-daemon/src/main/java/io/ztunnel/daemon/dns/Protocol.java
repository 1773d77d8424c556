package io.ztunnel.daemon.dns;

/** How a question came. */
enum Protocol {
    UDP("udp"),
    TCP("tcp");

    private final String label;

    Protocol(String label) {
        this.label = label;
    }

    /** In metrics. */
    String label() {
        return label;
    }
}
