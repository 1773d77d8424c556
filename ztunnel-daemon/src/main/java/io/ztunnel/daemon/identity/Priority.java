package io.ztunnel.daemon.identity;

/** How urgent a fetch is, most urgent first. */
public enum Priority {
    /** A connection waits for it. */
    REAL_TIME,
    /** A workload has appeared on this node and will need it. */
    WARMUP,
    /** Renewal, or another try after a failure. */
    BACKGROUND
}
