package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

class RuleMatrixTest {
    private static final String RULES =
            """
            - {id: 01-1-1, text: "a | b", tests: [SomeTest#some]}
            - {id: 01-1-2, text: by a scenario, tests: []}
            - {id: 01-1-3, text: not there, tests: [], missing: not yet}
            - {id: 01-1-4, text: by nobody, tests: []}
            """;

    private static Scenario scenario(String... rules) {
        return new Scenario(
                "f.yaml", "one", List.of(rules), Set.of(Family.IPV4), false, List.of(), List.of());
    }

    @Test
    void aRuleIsHeldByScenariosOrTestsOrExplained() {
        RuleMatrix matrix =
                RuleMatrix.of(Map.of("rules.yaml", RULES), List.of(scenario("01-1-2", "01-9-9")));
        assertThat(matrix.problems())
                .containsExactly(
                        "no test of rule 01-1-4: by nobody",
                        "a scenario names rule 01-9-9, which is not listed");
        assertThat(matrix.markdown().lines().skip(2))
                .containsExactly(
                        "| 01-1-1 | a \\| b |  | SomeTest#some |",
                        "| 01-1-2 | by a scenario | one |  |",
                        "| 01-1-3 | not there |  | (not yet) |",
                        "| 01-1-4 | by nobody |  |  |");
    }

    @Test
    void aRuleIsListedOnce() {
        assertThatThrownBy(() -> RuleMatrix.of(Map.of("a.yaml", RULES, "b.yaml", RULES), List.of()))
                .hasMessageContaining("there is another rule 01-1-1");
    }
}
