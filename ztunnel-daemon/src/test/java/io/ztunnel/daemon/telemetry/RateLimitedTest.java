package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class RateLimitedTest {
    private long now = -5; // nanoTime may be anything
    private final List<String> summaries = new ArrayList<>();
    private final RateLimited limited =
            new RateLimited(
                    2,
                    Duration.ofSeconds(1),
                    3,
                    () -> now,
                    (key, lines) -> summaries.add(key + "=" + lines));

    @Test
    void aKeyMayLogSoManyLinesPerPeriodAndTheRestIsSummedUp() {
        assertThat(limited.permit("a")).isTrue();
        assertThat(limited.permit("a")).isTrue();
        assertThat(limited.permit("a")).isFalse();
        assertThat(limited.permit("a")).isFalse();
        assertThat(limited.permit("b")).as("keys do not share").isTrue();

        now += 1_000_000_000;
        assertThat(limited.permit("a")).isTrue();
        assertThat(summaries).containsExactly("a=2");
    }

    @Test
    void aSweepReportsKeysThatFellSilent() {
        for (int i = 0; i < 5; i++) {
            limited.permit("a");
        }
        limited.sweep();
        assertThat(summaries).as("the period is not over").isEmpty();
        now += 1_000_000_000;
        limited.sweep();
        limited.sweep();
        assertThat(summaries).containsExactly("a=3");
    }

    @Test
    void tooManyKeysShareOne() {
        for (String key : List.of("a", "b", "c")) {
            assertThat(limited.permit(key)).isTrue();
        }
        assertThat(limited.permit("d")).isTrue();
        assertThat(limited.permit("e")).isTrue();
        assertThat(limited.permit("f")).isFalse();
        assertThat(limited.permit("a")).as("known keys keep their own").isTrue();
    }
}
