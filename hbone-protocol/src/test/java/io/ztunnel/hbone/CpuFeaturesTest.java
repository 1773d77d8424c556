package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class CpuFeaturesTest {
    @TempDir Path directory;

    @ParameterizedTest
    @CsvSource({
        "flags\t\t: fpu sse2 aes avx,true",
        "flags\t\t: fpu sse2 vaes avx,false",
        "Features\t: fp asimd aes pmull,true",
        "Features\t: fp asimd,false",
        "processor\t: 0,true"
    })
    void aesIsAWordOfTheFlags(String line, boolean aes) throws IOException {
        Path cpuinfo = Files.writeString(directory.resolve("cpuinfo"), line + "\n");
        assertThat(CpuFeatures.hasAes(cpuinfo)).isEqualTo(aes);
    }

    @Test
    void withoutTheFileItCannotBeTold() {
        assertThat(CpuFeatures.hasAes(directory.resolve("none"))).isTrue();
    }
}
