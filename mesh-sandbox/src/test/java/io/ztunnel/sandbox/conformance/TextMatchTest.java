package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.conformance.scenario.Names;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class TextMatchTest {
    private static final Names NAMES = (name, property) -> List.of("[" + name + "]");

    @ParameterizedTest
    @CsvSource({
        "abc, abc, true",
        "abc, abcd, false",
        "a.c, abc, false",
        "/a.c/, abc, true",
        "/a.c/, abcd, false",
        "$(n):1, [n]:1, true",
        "'/$(n):\\d/', [n]:1, true",
        "'/$(n):\\d/', n:1, false",
        "/, /, true",
    })
    void aTextIsItselfAndAPatternMatchesAsAWhole(String wanted, String found, boolean matches) {
        assertThat(TextMatch.of(wanted, NAMES).matches(found)).isEqualTo(matches);
    }
}
