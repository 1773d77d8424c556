package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first argument, as far as it is not {@code proxy}. */
class CommandsTest {
    @ParameterizedTest
    @CsvSource({"version, 0", "help, 0", "Proxy, 1", "run, 1", "--proxy, 1"})
    void knownCommandsSucceedAndEverythingElseExitsWithOne(String argument, int status) {
        assertThat(Commands.run(new String[] {argument})).isEqualTo(status);
    }
}
