package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

@DisplayName("The traceparent header")
class TraceParentTest {
    private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @Test
    @DisplayName("is taken as it is")
    void valid() {
        assertThat(TraceParent.parse(VALID)).isEqualTo(new TraceParent(VALID));
        assertThat(new TraceParent(VALID)).hasToString(VALID);
        assertThat(new TraceParent(VALID).traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
                "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
                "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            })
    @DisplayName("counts as missing when malformed")
    void malformed(@Nullable String text) {
        assertThat(TraceParent.parse(text)).isNull();
    }

    @Test
    @DisplayName("is made new for every connection, not sampled, and valid")
    void next() {
        Random random = new Random(1);
        TraceParent first = TraceParent.next(random);

        assertThat(first.text()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
        assertThat(TraceParent.parse(first.text())).isEqualTo(first);
        assertThat(TraceParent.next(random)).isNotEqualTo(first);
    }
}
