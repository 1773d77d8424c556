package io.ztunnel.daemon.telemetry;

import static io.ztunnel.daemon.telemetry.Fixtures.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class TrafficMetricsTest {
    private long now = 1;
    private final TrafficMetrics metrics = new TrafficMetrics(3, Duration.ofMinutes(10), () -> now);

    private static TrafficLabels labels(String client) {
        return TrafficLabels.of(
                Reporter.SOURCE,
                new TrafficLabels.Peer(workload(client, "ns", "sa", client, "v1"), null, null),
                new TrafficLabels.Peer(null, null, null),
                null,
                false);
    }

    private String scrape() {
        StringBuilder out = new StringBuilder();
        metrics.write(new ExpositionWriter(out));
        return out.toString();
    }

    private TrafficSeries open(String client) {
        TrafficSeries series = metrics.acquire(labels(client));
        series.opened.increment();
        return series;
    }

    @Test
    void connectionsWithTheSameLabelsShareASeries() {
        assertThat(open("a")).isSameAs(open("a")).isNotSameAs(open("b"));
    }

    @Test
    void anIdleSeriesIsExposedOnceMoreAndThenDropped() {
        metrics.release(open("a"));
        now += Duration.ofMinutes(10).toNanos();
        assertThat(scrape()).contains("source_workload=\"a-v1\"");
        assertThat(scrape()).isEmpty();
    }

    @Test
    void aSeriesInUseOrUsedLatelyIsKept() {
        open("used");
        metrics.release(open("lately"));
        now += Duration.ofMinutes(9).toNanos();
        scrape();
        assertThat(scrape()).contains("used-v1").contains("lately-v1");
        now += Duration.ofMinutes(1).toNanos();
        scrape();
        assertThat(scrape()).contains("used-v1").doesNotContain("lately-v1");
    }

    @Test
    void tooManyLabelSetsAreCountedTogether() {
        open("a");
        open("b");
        open("c");
        TrafficSeries folded = open("d");
        assertThat(open("e")).isSameAs(folded);
        assertThat(open("a")).as("known labels keep theirs").isNotSameAs(folded);
        assertThat(metrics.folded()).isEqualTo(2);
        assertThat(scrape())
                .contains("{reporter=\"source\",source_workload=\"unknown\"")
                .doesNotContain("d-v1");
    }

    @Test
    void anIdleSeriesMakesRoomWhenAllAreTaken() {
        metrics.release(open("a"));
        open("b");
        open("c");
        now += Duration.ofMinutes(10).toNanos();
        assertThat(open("d").labels).isEqualTo(labels("d"));
        assertThat(metrics.folded()).isZero();
    }
}
