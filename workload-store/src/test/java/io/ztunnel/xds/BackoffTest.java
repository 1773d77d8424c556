package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.xds.XdsListener.Termination;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

class BackoffTest {
    private final Backoff backoff = new Backoff();

    @Test
    void failuresDoubleItUpToFifteenSeconds() {
        long[] expected = {20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 15000, 15000, 15000};
        for (long millis : expected) {
            assertThat(backoff.next(Termination.CONNECTION_ERROR, false))
                    .isEqualTo(Duration.ofMillis(millis));
        }
    }

    /** After two failures, 40 ms. */
    @ParameterizedTest
    @CsvSource({
        "CONNECTION_ERROR, false, 80",
        "ERROR, false, 80",
        "ERROR, true, 80",
        "RECONNECT, true, 10",
        "RECONNECT, false, 80",
        "COMPLETE, true, 10",
        "COMPLETE, false, 80",
    })
    void onlyTheExpectedEndOfAUsefulStreamResetsIt(
            Termination reason, boolean useful, long millis) {
        Duration _ = backoff.next(Termination.ERROR, true);
        Duration _ = backoff.next(Termination.ERROR, true);
        assertThat(backoff.next(reason, useful)).isEqualTo(Duration.ofMillis(millis));
    }
}
