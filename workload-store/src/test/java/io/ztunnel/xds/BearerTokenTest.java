package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class BearerTokenTest {
    @TempDir private Path dir;

    @Test
    void aFileIsReadEachTimeAndTrimmed() throws IOException {
        Path file = dir.resolve("token");
        Files.writeString(file, "one\n");
        BearerToken token = new BearerToken.File(file);
        assertThat(token.read()).isEqualTo("one");
        Files.writeString(file, " two ");
        assertThat(token.read()).isEqualTo("two");
    }

    @Test
    void whatNoHeaderCanCarryIsRefusedWithoutBeingShown() throws IOException {
        Path file = dir.resolve("token");
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> new BearerToken.File(file).read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty");
        assertThatThrownBy(() -> new BearerToken.Literal("se\ncret").read())
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("cret");
    }

    @Test
    void isNeverPrinted() {
        assertThat(new BearerToken.Literal("secret").toString()).doesNotContain("secret");
    }
}
