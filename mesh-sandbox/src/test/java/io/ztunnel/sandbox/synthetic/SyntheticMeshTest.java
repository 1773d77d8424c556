package io.ztunnel.sandbox.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

class SyntheticMeshTest {
    @ParameterizedTest
    @CsvSource({
        "-1, 0, 0, '', 0, --workloads -1 is not within 0..500000",
        "0, 100001, 0, '', 0, --services 100001 is not within 0..100000",
        "0, 0, 1, '', 0, '--policies needs --policy-namespace, the namespace where they hold'",
        "0, 0, 1, A_b, 0, --policy-namespace 'A_b' is no name of a namespace",
        "0, 0, 0, '', 5, '--updates needs --workloads: they are what changes'",
        "9, 0, 0, '', 10001, --updates 10001 is not within 0..10000"
    })
    void aBadValueIsNamed(int w, int s, int p, String namespace, int r, String message) {
        assertThatThrownBy(() -> new SyntheticMesh(w, s, p, namespace, r))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message.replaceAll("^'|'$", ""));
    }

    @Test
    void settingsAreReadAsTheyWereWritten() throws IOException {
        SyntheticMesh mesh = new SyntheticMesh(100_000, 10_000, 12, "shop", 100);

        assertThat(SyntheticMesh.ofJson(mesh.toJson())).isEqualTo(mesh);
        assertThat(SyntheticMesh.ofJson("{}")).isEqualTo(SyntheticMesh.NONE);
        assertThatThrownBy(() -> SyntheticMesh.ofJson("{\"workloads\": \"many\"}"))
                .hasMessageContaining("many");
        assertThatThrownBy(() -> SyntheticMesh.ofJson("{")).isInstanceOf(IOException.class);
    }
}
