package io.ztunnel.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

final class JsonTest {
    private static final Figure SPEED = Figure.higher("T1", "throughput", "Gbit/s", 1.25);
    private static final Figure COST = Figure.lower("RR", "CPU", "ms/1000 requests", 0.75);
    private static final Figure SIZE = Figure.told("BOOT", "RSS at ready", "MiB");
    private static final List<String> ORDER = List.of("T1", "RR", "BOOT");

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Results results = new Results(List.of("ours", "theirs"));
        results.add(SPEED, "ours", 2.5);
        results.add(SPEED, "ours", 3);
        results.add(SPEED, "theirs", 2);
        results.add(SIZE, "theirs", 16.1);

        Results read = Json.read(Json.of(results, Map.of("when", "now")));

        assertThat(read.candidates()).containsExactly("ours", "theirs");
        assertThat(read.figures()).containsExactly(SPEED, SIZE);
        assertThat(read.values(SPEED, "ours")).containsExactly(2.5, 3.0);
        assertThat(read.values(SIZE, "ours")).isEmpty();
        assertThat(read.values(SIZE, "theirs")).containsExactly(16.1);
    }

    @Test
    void aNewMeasurementReplacesTheFigureAndLeavesTheOthers() {
        Results before = new Results(List.of("ours"));
        before.add(SIZE, "ours", 100);
        before.add(SPEED, "ours", 1);
        Results now = new Results(List.of("ours"));
        now.add(COST, "ours", 70);
        now.add(SPEED, "ours", 2);

        Results both = now.with(before, ORDER);

        assertThat(both.figures()).containsExactly(SPEED, COST, SIZE);
        assertThat(both.values(SPEED, "ours")).containsExactly(2.0);
        assertThat(both.values(SIZE, "ours")).containsExactly(100.0);
    }

    @Test
    void resultsOfOtherCandidatesAreNotMixed() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new Results(List.of("ours"))
                                        .with(new Results(List.of("theirs")), ORDER))
                .withMessageContaining("theirs");
    }

    @Test
    void otherJsonIsRefused() {
        assertThatIOException().isThrownBy(() -> Json.read("{\"figures\": 1}"));
        assertThatIOException().isThrownBy(() -> Json.read("no json"));
    }
}
