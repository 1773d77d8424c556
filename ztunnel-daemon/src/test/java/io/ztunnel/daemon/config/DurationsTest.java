package io.ztunnel.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "24h,PT24H",
        "1d,PT24H",
        "1w,PT168H",
        "90s,PT1M30S",
        "500ms,PT0.5S",
        "250us,PT0.00025S",
        "7ns,PT0.000000007S",
        "42,PT42S",
        "0s,PT0S",
        "1h30m,PT1H30M",
        "1m + 5s,PT1M5S",
        "1d 2h,PT26H",
    })
    void aDurationIsASumOfAmountsWithUnits(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "s",
                "-1s",
                "1.5s",
                "1y",
                "1h30",
                "5 m!",
                "99999999999999999999s",
                "9223372036854775807d"
            })
    void anythingElseIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Durations.parse(text));
    }
}
