package io.ztunnel.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.bench.micro.Comparison.Verdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

class ComparisonTest {
    private static final String BASELINE =
            """
            {
              "machine" : { "cpu" : "that one", "cores" : "2" },
              "benchmarks" : {
                "Framing.send" : { "ns" : 1000.0, "bytes" : 0.3 },
                "Policy.evaluate(policies=10)" : { "ns" : 200.0, "bytes" : 400 },
                "Route.toPod" : { "ns" : 80, "bytes" : 120.0 }
              }
            }
            """;

    private static Results now(double nanos, double bytes) throws IOException {
        return Results.parse(
                """
                { "machine": {}, "benchmarks": { "Route.toPod": { "ns": %s, "bytes": %s } } }
                """
                        .formatted(nanos, bytes));
    }

    @ParameterizedTest(name = "{0} ns, {1} bytes: {2}")
    @CsvSource({
        "80,  120, SAME",
        "119, 120, SAME",
        "121, 120, SLOWER",
        "40,  125, SAME",
        "40,  128, MORE",
        "300, 128, MORE",
        "80,  112, LESS",
    })
    void bytesAreComparedStrictlyAndTimesLoosely(double nanos, double bytes, Verdict verdict)
            throws IOException {
        Comparison comparison = Comparison.of(Results.parse(BASELINE), now(nanos, bytes));
        assertThat(comparison.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.verdict()).isEqualTo(verdict));
        assertThat(comparison.allocationGrew()).isEqualTo(verdict == Verdict.MORE);
    }

    @Test
    void anObjectWhereThereWasNoneIsMore() throws IOException {
        Results now = Results.parse(BASELINE.replace("\"bytes\" : 0.3", "\"bytes\" : 16.0"));
        Comparison comparison = Comparison.of(Results.parse(BASELINE), now);
        assertThat(comparison.allocationGrew()).isTrue();
        assertThat(comparison.table().lines().filter(line -> line.contains("ALLOCATES MORE")))
                .singleElement()
                .asString()
                .startsWith("Framing.send");
    }

    @Test
    void whatTheBaselineDoesNotKnowIsShownAndFailsNothing() throws IOException {
        Results empty = Results.parse("{ \"machine\": {}, \"benchmarks\": {} }");
        Comparison comparison = Comparison.of(empty, now(80, 120));
        assertThat(comparison.allocationGrew()).isFalse();
        assertThat(comparison.table()).contains("Route.toPod", "not in the baseline");
    }

    @Test
    void theTableHasBothValuesAndTheirRatio() throws IOException {
        String table = Comparison.of(Results.parse(BASELINE), now(160, 60)).table();
        assertThat(table.lines().skip(1))
                .singleElement()
                .asString()
                .containsSubsequence(
                        "Route.toPod", "80.0", "160.0", "2.00", "120.0", "60.0", "0.50");
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Results results = Results.parse(BASELINE);
        assertThat(Results.parse(results.toJson())).isEqualTo(results);
    }

    @Test
    void aPartialRunUpdatesItsPartOfTheBaseline() throws IOException {
        Results updated = Results.parse(BASELINE).updatedBy(now(70, 100));
        assertThat(updated.measurements())
                .hasSize(3)
                .containsEntry("Route.toPod", new Results.Measurement(70, 100))
                .containsEntry("Framing.send", new Results.Measurement(1000, 0.3));
    }

    @Test
    void aFileThatIsNoBaselineIsRefused() {
        assertThatThrownBy(() -> Results.parse("{ \"machine\": {} }"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("benchmarks");
    }
}
