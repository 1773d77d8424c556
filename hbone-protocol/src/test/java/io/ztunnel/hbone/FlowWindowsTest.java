package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.List;

class FlowWindowsTest {
    /**
     * Against a naive model: the peer's view of the window plus what is held plus what is owed is
     * always the size, the peer never overruns, and it never starves while nothing is held.
     */
    @Property(tries = 500)
    void receiveWindowNeitherLosesNorInventsCredit(
            @ForAll @IntRange(min = 1, max = 100_000) int size,
            @ForAll @Size(max = 200) List<@IntRange(min = -50_000, max = 50_000) Integer> steps) {
        FlowWindows.Receive window = new FlowWindows.Receive(size);
        long peer = size;
        long held = 0;
        for (int step : steps) {
            if (step >= 0) {
                boolean fits = step <= peer;
                assertThat(window.take(step)).isEqualTo(fits);
                if (fits) {
                    peer -= step;
                    held += step;
                }
            } else {
                int back = (int) Math.min(held, -(long) step);
                held -= back;
                peer += window.giveBack(-step);
            }
            assertThat(window.open()).isEqualTo((int) peer);
            assertThat(peer + held).isLessThanOrEqualTo(size);
            if (held == 0) {
                assertThat(peer).as("credit without anything held").isGreaterThan(0);
                assertThat(peer * 2).isGreaterThanOrEqualTo(size - 1L);
            }
        }
    }

    /** The peer's view, what is owed and what is withheld are always the whole window. */
    @Property(tries = 500)
    void aSharedWindowWithholdsWhatIsHeldBeyondItsLimitAndNothingElse(
            @ForAll @IntRange(min = 1, max = 10_000) int size,
            @ForAll @IntRange(max = 50_000) int limit,
            @ForAll @Size(max = 200) List<@IntRange(min = -5_000, max = 5_000) Integer> steps) {
        FlowWindows.Shared window = new FlowWindows.Shared(size, limit);
        long peer = size;
        long held = 0;
        for (int step : steps) {
            if (step >= 0) {
                boolean fits = step <= peer;
                assertThat(window.take(step)).isEqualTo(fits);
                if (fits) {
                    held += step;
                    peer += window.hold(step) - step;
                }
            } else {
                int back = (int) Math.min(held, -(long) step);
                held -= back;
                peer += window.letGo(back);
            }
            assertThat(window.open()).isEqualTo((int) peer);
            assertThat(held).isLessThanOrEqualTo((long) limit + size);
            long withheld = Math.max(0, held - limit);
            assertThat(peer + withheld).isLessThanOrEqualTo(size);
            assertThat((peer + withheld) * 2)
                    .as("owed at most half")
                    .isGreaterThanOrEqualTo(size - 1L);
        }
    }

    @Property(tries = 500)
    void sendWindowIsTheSumOfItsChanges(
            @ForAll @Size(max = 100) List<Integer> deltas, @ForAll @IntRange(min = 0) int initial) {
        FlowWindows.Send window = new FlowWindows.Send(initial);
        long model = initial;
        for (int delta : deltas) {
            long grown = model + delta;
            if (grown < Integer.MIN_VALUE) {
                return;
            }
            boolean fits = grown <= Integer.MAX_VALUE;
            assertThat(window.grow(delta)).isEqualTo(fits);
            model = fits ? grown : model;
            assertThat(window.available()).isEqualTo((int) model);
        }
    }

    @Test
    void creditIsAnnouncedFromHalfTheWindowOn() {
        FlowWindows.Receive window = new FlowWindows.Receive(100);
        assertThat(window.take(100)).isTrue();
        assertThat(window.giveBack(49)).isZero();
        assertThat(window.giveBack(1)).isEqualTo(50);
        assertThat(window.giveBack(50)).isEqualTo(50);
    }

    @Test
    void moreThanArrivedCannotBeGivenBack() {
        FlowWindows.Receive window = new FlowWindows.Receive(10);
        assertThat(window.take(6)).isTrue();
        assertThat(window.giveBack(Integer.MAX_VALUE)).isEqualTo(6);
        assertThat(window.giveBack(6)).isZero();
        assertThat(window.open()).isEqualTo(10);
    }

    @Test
    void nothingIsSentBeyondTheWindow() {
        FlowWindows.Send window = new FlowWindows.Send(10);
        assertThat(window.grow(-15)).isTrue();
        assertThat(window.available()).isEqualTo(-5);
        assertThatThrownBy(() -> window.take(1)).isInstanceOf(IllegalArgumentException.class);
    }
}
