package io.ztunnel.sandbox.conformance;

import static io.ztunnel.sandbox.conformance.CloseEvent.CANCEL;
import static io.ztunnel.sandbox.conformance.CloseEvent.DATA;
import static io.ztunnel.sandbox.conformance.CloseEvent.END_STREAM;
import static io.ztunnel.sandbox.conformance.CloseEvent.FIN;
import static io.ztunnel.sandbox.conformance.CloseEvent.GOAWAY;
import static io.ztunnel.sandbox.conformance.CloseEvent.OF_APPLICATIONS;
import static io.ztunnel.sandbox.conformance.CloseEvent.OF_RAW_PEERS;
import static io.ztunnel.sandbox.conformance.CloseEvent.RST;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.conformance.CloseModel.Ends;
import io.ztunnel.sandbox.conformance.CloseModel.Half;
import io.ztunnel.sandbox.conformance.CloseModel.Move;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;

class CloseModelTest {
    private static final List<List<Move>> APPLICATIONS =
            CloseModel.orders(OF_APPLICATIONS, OF_APPLICATIONS, 3);
    private static final List<List<Move>> RAW = CloseModel.orders(OF_RAW_PEERS, OF_APPLICATIONS, 3);

    private static Move near(CloseEvent event) {
        return new Move(true, event);
    }

    private static Move far(CloseEvent event) {
        return new Move(false, event);
    }

    @Test
    void everyOrderIsThereOnce() {
        assertThat(new HashSet<>(APPLICATIONS)).hasSameSizeAs(APPLICATIONS);
        assertThat(new HashSet<>(RAW)).hasSameSizeAs(RAW);
        assertThat(APPLICATIONS)
                .contains(
                        List.of(near(FIN), far(FIN)),
                        List.of(near(FIN), far(DATA), far(FIN)),
                        List.of(near(FIN), far(DATA), near(RST)),
                        List.of(far(RST), near(DATA), near(FIN)));
        assertThat(RAW)
                .contains(
                        List.of(near(GOAWAY), far(DATA), near(END_STREAM)),
                        List.of(near(GOAWAY), far(FIN), near(CANCEL)),
                        List.of(near(END_STREAM), near(CANCEL), far(DATA)),
                        List.of(far(FIN), near(GOAWAY), near(DATA)));
    }

    @Test
    void nobodyDoesWhatCannotBeDoneAnyMore() {
        for (List<Move> order : RAW) {
            for (int i = 0; i < order.size(); i++) {
                Move move = order.get(i);
                Half half = Ends.afterAll(order.subList(0, i)).of(move.near());
                assertThat(half).as("%s before %s", order, move).isNotEqualTo(Half.GONE);
                if (move.event() == DATA || move.event().effect() == CloseEvent.Effect.FINISHES) {
                    assertThat(half).as("%s before %s", order, move).isEqualTo(Half.SENDING);
                }
            }
        }
    }

    @Test
    void anOrderIsShorterOnlyWhereNothingIsLeftToDo() {
        assertThat(RAW)
                .filteredOn(order -> order.size() < 3)
                .isNotEmpty()
                .allSatisfy(
                        order -> {
                            Ends ends = Ends.afterAll(order);
                            assertThat(List.of(ends.near(), ends.far()))
                                    .doesNotContain(Half.SENDING);
                        });
        assertThat(RAW).noneMatch(order -> order.size() > 3);
    }

    @Test
    void everyPairOfEventsOfTheTwoEndsIsTriedBothWaysRound() {
        for (CloseEvent raw : OF_RAW_PEERS) {
            if (raw == DATA) {
                continue;
            }
            for (CloseEvent application : List.of(FIN, RST)) {
                assertThat(RAW)
                        .anyMatch(
                                order ->
                                        order.indexOf(near(raw)) == 0
                                                && order.contains(far(application)));
                // Nobody can go away from a peer that has gone.
                if (raw != GOAWAY || application != RST) {
                    assertThat(RAW)
                            .anyMatch(
                                    order ->
                                            order.indexOf(far(application)) == 0
                                                    && order.contains(near(raw)));
                }
            }
        }
    }
}
