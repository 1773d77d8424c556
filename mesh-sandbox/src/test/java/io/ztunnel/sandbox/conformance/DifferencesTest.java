package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class DifferencesTest {
    private static Differences read(String implementation) {
        return Differences.read(
                "d.yaml",
                "differences:\n  - {scenario: one, implementation: "
                        + implementation
                        + ", reason: because}\n",
                Set.of("one", "two"));
    }

    @Test
    void aDifferenceHoldsWhereItsImplementationRuns() {
        Differences differences = read("reference");
        assertThat(differences.reason("one", List.of("this", "reference"))).contains("because");
        assertThat(differences.reason("one", List.of("this"))).isEmpty();
        assertThat(differences.reason("two", List.of("reference"))).isEmpty();
    }

    @Test
    void whatNobodyKnowsIsRefused() {
        assertThatThrownBy(() -> read("other"))
                .hasMessageContaining("an implementation is either reference or this");
        assertThatThrownBy(
                        () ->
                                Differences.read(
                                        "d.yaml",
                                        "differences: [{scenario: x, implementation: this, reason:"
                                                + " r}]",
                                        Set.of("one")))
                .hasMessageContaining("there is no scenario 'x'");
    }
}
