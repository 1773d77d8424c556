package io.ztunnel.sandbox.conformance.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;

class MetricsTest {
    private static final Metrics METRICS =
            Metrics.parse(
                    """
                    # TYPE opened counter
                    opened_total{reporter="source",who="a \\"b\\""} 3
                    opened_total{reporter="destination",who="c"} 4.0
                    open 7 1234
                    # EOF
                    """);

    @Test
    void seriesWithAtLeastTheseLabelsAreAddedUp() {
        assertThat(METRICS.sum("opened_total", Map.of())).isEqualTo(7);
        assertThat(METRICS.sum("opened_total", Map.of("reporter", "source"))).isEqualTo(3);
        assertThat(METRICS.sum("opened_total", Map.of("who", "a \"b\""))).isEqualTo(3);
        assertThat(METRICS.sum("opened_total", Map.of("who", "nobody"))).isZero();
        assertThat(METRICS.sum("open", Map.of())).isEqualTo(7);
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertThat(METRICS.describe("closed")).isEqualTo("there is no series closed");
        assertThat(METRICS.describe("open")).contains("7.0");
    }
}
