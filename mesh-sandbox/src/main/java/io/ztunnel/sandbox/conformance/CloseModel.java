package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.CloseEvent.Effect;

import java.util.ArrayList;
import java.util.List;

/** Every order in which two ends of a connection can do what they may. Pure. */
final class CloseModel {
    private final List<CloseEvent> nearEvents;
    private final List<CloseEvent> farEvents;
    private final int length;
    private final List<List<Move>> orders = new ArrayList<>();

    /** One end does something. */
    record Move(boolean near, CloseEvent event) {}

    /** How far an end has come. */
    enum Half {
        SENDING,
        FINISHED,
        GONE;

        private Half after(CloseEvent event) {
            return switch (event.effect()) {
                case NONE -> this;
                case FINISHES -> FINISHED;
                case LEAVES -> GONE;
            };
        }
    }

    /** Both of them. */
    record Ends(Half near, Half far) {
        static final Ends START = new Ends(Half.SENDING, Half.SENDING);

        Half of(boolean isNear) {
            return isNear ? near : far;
        }

        Ends after(Move move) {
            return move.near()
                    ? new Ends(near.after(move.event()), far)
                    : new Ends(near, far.after(move.event()));
        }

        static Ends afterAll(List<Move> moves) {
            Ends ends = START;
            for (Move move : moves) {
                ends = ends.after(move);
            }
            return ends;
        }

        private boolean areOver() {
            return near != Half.SENDING && far != Half.SENDING;
        }
    }

    private CloseModel(List<CloseEvent> nearEvents, List<CloseEvent> farEvents, int length) {
        this.nearEvents = nearEvents;
        this.farEvents = farEvents;
        this.length = length;
    }

    /** All of that length, and shorter ones after which nobody can do any more. */
    static List<List<Move>> orders(
            List<CloseEvent> nearEvents, List<CloseEvent> farEvents, int length) {
        CloseModel model = new CloseModel(nearEvents, farEvents, length);
        model.extend(List.of(), Ends.START);
        return model.orders;
    }

    private void extend(List<Move> moves, Ends ends) {
        List<Move> next =
                moves.size() == length || ends.areOver() ? List.of() : possible(moves, ends);
        for (Move move : next) {
            List<Move> longer = new ArrayList<>(moves);
            longer.add(move);
            extend(longer, ends.after(move));
        }
        if (next.isEmpty()) {
            orders.add(moves);
        }
    }

    private List<Move> possible(List<Move> moves, Ends ends) {
        List<Move> possible = new ArrayList<>();
        for (boolean near : List.of(true, false)) {
            for (CloseEvent event : near ? nearEvents : farEvents) {
                Move move = new Move(near, event);
                if (isPossible(move, moves, ends)) {
                    possible.add(move);
                }
            }
        }
        return possible;
    }

    private static boolean isPossible(Move move, List<Move> moves, Ends ends) {
        Half half = ends.of(move.near());
        return switch (move.event()) {
            // Every connection has carried bytes before; again and again tells no more.
            case DATA ->
                    half == Half.SENDING
                            && !moves.isEmpty()
                            && moves.getLast().event() != CloseEvent.DATA;
            case GOAWAY ->
                    half != Half.GONE
                            && ends.of(!move.near()) != Half.GONE
                            && !moves.contains(move);
            default ->
                    move.event().effect() == Effect.FINISHES
                            ? half == Half.SENDING
                            : half != Half.GONE;
        };
    }
}
