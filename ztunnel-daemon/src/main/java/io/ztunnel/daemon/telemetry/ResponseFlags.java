package io.ztunnel.daemon.telemetry;

/** The {@code response_flags} label: how a connection ended. */
public enum ResponseFlags {
    NONE("-"),
    /** Refused or cut by policy. */
    DENY("DENY"),
    /** Could not connect, or any failure without a flag of its own. */
    CONNECT("CONNECT"),
    TLS_FAILURE("TLS_FAILURE"),
    H2_HANDSHAKE_FAILURE("H2_HANDSHAKE_FAILURE"),
    /** The tunnel's TCP connect timed out. */
    NETWORK_POLICY("NETWORK_POLICY"),
    /** No certificate of the own workload. */
    IDENTITY_ERROR("IDENTITY_ERROR"),
    CERT_REVOKED("CERT_REVOKED");

    private final String label;

    ResponseFlags(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
