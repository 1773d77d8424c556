package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class ResultTableTest {
    private static Scenario scenario(String name, String... rules) {
        return new Scenario(
                "f.yaml", name, List.of(rules), Set.of(Family.IPV4), false, List.of(), List.of());
    }

    private static final Scenario ONE = scenario("one", "01-2.2-1", "01-2.2-3", "05-4-1");
    private static final Scenario TWO = scenario("two", "01-7-1");
    private static final List<Result> RESULTS =
            List.of(
                    new Result(ONE, Family.IPV4, Result.Verdict.PASSED, ""),
                    new Result(TWO, Family.IPV4, Result.Verdict.DIFFERENCE, "on purpose"),
                    new Result(ONE, Family.IPV6, Result.Verdict.PASSED, ""),
                    new Result(ONE, Family.DUAL, Result.Verdict.FAILED, "f.yaml:3: no bytes"));

    @Test
    void familiesThatWentTheSameWayShareALine() {
        assertThat(new ConformanceReport(RESULTS).text().lines().map(String::stripTrailing))
                .containsExactly(
                        "SCENARIO  SPEC            RESULT                 FAMILIES   REASON",
                        "one       01 §2.2, 05 §4  passed                 ipv4 ipv6",
                        "one       01 §2.2, 05 §4  failed                 dual       f.yaml:3: no"
                                + " bytes",
                        "two       01 §7           documented difference  ipv4       on purpose",
                        "",
                        "2 passed, 1 failed, 1 documented difference");
    }

    @Test
    void onlyAFailureFailsTheRun() {
        assertThat(new ConformanceReport(RESULTS).hasFailures()).isTrue();
        assertThat(new ConformanceReport(RESULTS.subList(0, 3)).hasFailures()).isFalse();
    }
}
