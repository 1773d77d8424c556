package io.ztunnel.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

class ProcessIdentityTest {
    @TempDir Path folder;

    @Test
    void anotherProcessWithTheSameNumberIsNotTheSame() throws Exception {
        ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(self.isAlive()).isTrue();
        assertThat(new ProcessIdentity(self.pid(), self.startTicks() + 1).isAlive()).isFalse();
    }

    @Test
    void anEndedProcessIsNotAliveEvenBeforeItIsReaped() throws Exception {
        Process process = new ProcessBuilder("sleep", "600").start();
        ProcessIdentity identity = ProcessIdentity.of(process.pid()).orElseThrow();
        assertThat(identity.isAlive()).isTrue();

        process.destroyForcibly().waitFor();

        assertThat(identity.isAlive()).isFalse();
    }

    @Test
    void aPidFileIsReadBackAndRubbishIsNot() throws Exception {
        Path file = folder.resolve("pid");
        assertThat(ProcessIdentity.read(file)).isEmpty();
        ProcessIdentity identity = new ProcessIdentity(42, 4711);

        Files.writeString(file, identity.encode() + "\n");
        assertThat(ProcessIdentity.read(file)).contains(identity);

        for (String rubbish : new String[] {"", "42", "42 x", "-1 7", "99999999999999999999 1"}) {
            Files.writeString(file, rubbish);
            assertThat(ProcessIdentity.read(file)).as(rubbish).isEmpty();
        }
    }
}
