package io.ztunnel.sandbox.conformance.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class PayloadTest {
    private static final Names NAMES = (name, property) -> List.of(name + property);

    @Test
    void textAndHexHaveTheirNamesReplaced() {
        assertThat(new Payload.Text("to $(a.b)!").bytes(NAMES)).asString().isEqualTo("to ab!");
        assertThat(new Payload.Hex("05 $(01)ff").bytes(NAMES)).containsExactly(5, 1, 0xff);
    }

    @Test
    void fillerDoesNotRepeatWithinAPowerOfTwo() {
        byte[] filler = new Payload.Filler(1024).bytes(NAMES);
        assertThat(filler).hasSize(1024);
        assertThat(filler[512]).isNotEqualTo(filler[0]);
    }
}
