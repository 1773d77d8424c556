package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.CloseModel.Ends;
import io.ztunnel.sandbox.conformance.CloseModel.Half;
import io.ztunnel.sandbox.conformance.CloseModel.Move;
import io.ztunnel.sandbox.conformance.scenario.Payload;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One order of events as steps, and what is to be seen of it. */
final class CloseOrderSteps {
    static final Duration LIMIT = Duration.ofSeconds(10);

    /** More than fits in one read or one frame of either side. */
    private static final int MANY = 100_000;

    private final Connection connection;
    private final List<Move> order;
    private final boolean atOnce;
    private final List<Step> steps = new ArrayList<>();

    /**
     * @param near name of the end that opened it
     * @param tunnel name of the raw peer's tunnel or server
     * @param opening what makes it
     * @param closing what is left to do when both ends are closed
     */
    record Connection(
            String near, String far, String tunnel, List<Step> opening, List<Step> closing) {
        Connection {
            opening = List.copyOf(opening);
            closing = List.copyOf(closing);
        }

        private String end(boolean isNear) {
            return isNear ? near : far;
        }
    }

    /**
     * @param atOnce whether everything happens without a look in between
     */
    CloseOrderSteps(Connection connection, List<Move> order, boolean atOnce) {
        this.connection = connection;
        this.order = order;
        this.atOnce = atOnce;
    }

    List<Step> steps() {
        steps.addAll(connection.opening());
        carry(true, new Payload.Text("from the near end"));
        carry(false, new Payload.Text("from the far end"));
        if (atOnce) {
            order.forEach(this::act);
            lookAtAll();
        } else {
            lookAtEach();
        }
        steps.add(new Step.Close(connection.near()));
        steps.add(new Step.Close(connection.far()));
        steps.addAll(connection.closing());
        return steps;
    }

    private void carry(boolean near, Payload payload) {
        steps.add(new Step.Send(connection.end(near), payload));
        receive(!near, payload);
    }

    private void receive(boolean near, Payload payload) {
        steps.add(new Step.Receive(connection.end(near), payload, LIMIT));
    }

    private void act(Move move) {
        String who = connection.end(move.near());
        Step step =
                switch (move.event()) {
                    case DATA -> new Step.Send(who, new Payload.Filler(MANY));
                    case FIN, END_STREAM -> new Step.Finish(who);
                    case RST, CANCEL -> new Step.Reset(who, "CANCEL");
                    case NO_ERROR -> new Step.Reset(who, "NO_ERROR");
                    case ERROR -> new Step.Reset(who, "INTERNAL_ERROR");
                    case GOAWAY -> new Step.GoAway(connection.tunnel());
                    case CLOSE_NOTIFY ->
                            move.near()
                                    ? new Step.Close(connection.tunnel())
                                    : new Step.Cut(connection.tunnel());
                    case TCP_RST -> new Step.Abort(connection.tunnel());
                };
        steps.add(otherMayBeGone(move) ? new Step.Try(step) : step);
    }

    /** Then the own end may have been told, and nothing can be done with it any more. */
    private boolean otherMayBeGone(Move move) {
        int before = order.indexOf(move);
        return Ends.afterAll(order.subList(0, before)).of(!move.near()) == Half.GONE;
    }

    private void lookAtEach() {
        Ends ends = Ends.START;
        for (Move move : order) {
            Half before = ends.of(move.near());
            act(move);
            ends = ends.after(move);
            boolean other = !move.near();
            if (ends.of(other) == Half.GONE) {
                continue;
            }
            switch (move.event().effect()) {
                case NONE -> {
                    if (move.event() == CloseEvent.DATA) {
                        receive(other, new Payload.Filler(MANY));
                    } else {
                        stillCarries(ends);
                    }
                }
                case FINISHES -> end(other, move.event().seen(), false);
                case LEAVES -> {
                    // Of one that has finished there is nothing more to see, unless one sends.
                    if (before == Half.SENDING) {
                        end(other, move.event().seen(), false);
                    }
                }
            }
        }
    }

    private void stillCarries(Ends ends) {
        for (boolean near : List.of(true, false)) {
            if (ends.of(near) == Half.SENDING) {
                carry(near, new Payload.Text("still"));
            }
        }
    }

    private void lookAtAll() {
        Ends ends = Ends.afterAll(order);
        for (boolean near : List.of(true, false)) {
            if (ends.of(near) == Half.GONE) {
                continue;
            }
            Half other = ends.of(!near);
            if (other == Half.GONE) {
                // What it has sent before may be lost with it.
                end(near, Step.End.CLOSED, true);
                continue;
            }
            order.stream()
                    .filter(move -> move.near() != near && move.event() == CloseEvent.DATA)
                    .forEach(sent -> receive(near, new Payload.Filler(MANY)));
            if (other == Half.FINISHED) {
                end(near, Step.End.FIN, false);
            }
        }
    }

    private void end(boolean near, Step.End how, boolean afterData) {
        steps.add(new Step.Ended(connection.end(near), how, "", afterData, LIMIT));
    }
}
