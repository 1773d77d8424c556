package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;

class BackoffTest {
    private static final Duration CAP = Duration.ofSeconds(15);

    @Test
    void delaysDoubleUpToTheCapAndStartAnewAfterSuccess() {
        Backoff backoff = new Backoff(Duration.ofMillis(20), CAP, 0, new Random(1));

        assertThat(Stream.generate(backoff::next).limit(12).map(Duration::toMillis))
                .containsExactly(
                        20L, 40L, 80L, 160L, 320L, 640L, 1_280L, 2_560L, 5_120L, 10_240L, 15_000L,
                        15_000L);
        backoff.reset();
        assertThat(backoff.next()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void jitterStaysWithinItsShareAndTheCap() {
        Backoff backoff = new Backoff(Duration.ofMillis(5), CAP, 0.2, new Random(1));
        long nominal = 5_000_000;
        boolean varies = false;
        for (int i = 0; i < 50; i++) {
            Duration delay = backoff.next();
            assertThat(delay.toNanos())
                    .isBetween(
                            (long) (nominal * 0.8),
                            Math.min((long) (nominal * 1.2), CAP.toNanos()));
            varies |= delay.toNanos() != nominal;
            nominal = Math.min(2 * nominal, CAP.toNanos());
        }
        assertThat(varies).isTrue();
    }
}
