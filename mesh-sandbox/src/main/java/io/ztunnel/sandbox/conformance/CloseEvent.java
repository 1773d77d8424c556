package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.Step;

import java.util.List;

/** What an end of a connection may do. An end is an application's socket, or a raw HBONE peer. */
enum CloseEvent {
    DATA("DATA", Effect.NONE, Step.End.OPEN),
    FIN("FIN", Effect.FINISHES, Step.End.FIN),
    /** Resets do not travel as resets: the other side sees an end of data. */
    RST("RST", Effect.LEAVES, Step.End.FIN),
    END_STREAM("END_STREAM", Effect.FINISHES, Step.End.FIN),
    CANCEL("RST_STREAM(CANCEL)", Effect.LEAVES, Step.End.FIN),
    NO_ERROR("RST_STREAM(NO_ERROR)", Effect.LEAVES, Step.End.FIN),
    ERROR("RST_STREAM(INTERNAL_ERROR)", Effect.LEAVES, Step.End.CLOSED),
    /** Concerns new streams only. */
    GOAWAY("GOAWAY", Effect.NONE, Step.End.OPEN),
    CLOSE_NOTIFY("close_notify", Effect.LEAVES, Step.End.CLOSED),
    /** Of the connection that the tunnel is. */
    TCP_RST("RST of the tunnel", Effect.LEAVES, Step.End.CLOSED);

    static final List<CloseEvent> OF_APPLICATIONS = List.of(DATA, FIN, RST);
    static final List<CloseEvent> OF_RAW_PEERS =
            List.of(DATA, END_STREAM, CANCEL, NO_ERROR, ERROR, GOAWAY, CLOSE_NOTIFY, TCP_RST);

    /** What an end can do after it. */
    enum Effect {
        /** All that it could before. */
        NONE,
        /** Receive. */
        FINISHES,
        /** Nothing. */
        LEAVES
    }

    private final String text;
    private final Effect effect;
    private final Step.End seen;

    CloseEvent(String text, Effect effect, Step.End seen) {
        this.text = text;
        this.effect = effect;
        this.seen = seen;
    }

    String text() {
        return text;
    }

    Effect effect() {
        return effect;
    }

    /** How the other end is to see it if this one was still sending. */
    Step.End seen() {
        return seen;
    }

    /** Whether it concerns the whole tunnel, and so whatever else is in it. */
    boolean isOfTunnel() {
        return this == GOAWAY || this == CLOSE_NOTIFY || this == TCP_RST;
    }
}
