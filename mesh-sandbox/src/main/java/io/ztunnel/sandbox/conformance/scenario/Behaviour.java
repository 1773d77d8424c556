package io.ztunnel.sandbox.conformance.scenario;

/** What a scripted server does with a connection or a stream. */
public enum Behaviour {
    /** Sends back what comes, and its end. */
    ECHO,
    /** Sends back every piece twice. */
    ECHO_TWICE,
    /** Leaves it to the scenario, which takes it with {@code accept}. */
    HOLD,
    /** Ends it at once in order. */
    CLOSE,
    /** Resets it at once. */
    RESET,
    /** Never reads: what is sent to it fills the buffers on its way. Connections only. */
    STALL,
    /** Reads a PROXY header of version 2, tells in one line what it said, and echoes the rest. */
    PROXY,
    /** Joins it to a TCP connection of its own. */
    FORWARD
}
