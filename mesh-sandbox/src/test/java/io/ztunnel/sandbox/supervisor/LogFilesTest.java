package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class LogFilesTest {
    @TempDir Path folder;

    @Test
    void aLogThatIsTooLargeStartsAnewWhileItsProgramGoesOn() throws Exception {
        Path log = folder.resolve("a.log");
        Files.writeString(folder.resolve("small.log"), "12345");
        try (FileOutputStream program = new FileOutputStream(log.toFile(), true)) {
            program.write("1234567890".getBytes(StandardCharsets.US_ASCII));

            LogFiles.trim(folder, 5);

            program.write("next".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(log).hasContent("next");
        assertThat(folder.resolve("a.log.1")).hasContent("1234567890");
        assertThat(folder.resolve("small.log")).hasContent("12345");
    }
}
