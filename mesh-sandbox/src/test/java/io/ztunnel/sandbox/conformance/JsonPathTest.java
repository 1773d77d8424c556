package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPathTest {
    private static final String TREE =
            """
            {"a": {"b//c": [{"name": "x.y", "n": 1}, {"name": "z", "n": 2}]}, "list": [7, 8]}
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a.b//c[0].n        | 1
                    a.b//c[name=z].n   | 2
                    a.b//c[name=x.y].n | 1
                    list[1]            | 8
                    list[2]            |
                    a.nothing.more     |
                    a.b//c[name=q]     |
                    list.name          |
                    """)
    void aPathLeadsToAValueOrNowhere(String path, String value) throws Exception {
        assertThat(JsonPath.find(JSON.std.anyFrom(TREE), path).map(String::valueOf).orElse(null))
                .isEqualTo(value);
    }

    @Test
    void whatIsNoPathIsRefused() {
        assertThatThrownBy(() -> JsonPath.find("", "a[").isPresent())
                .hasMessage("'a[' is not a path into JSON");
    }
}
