package io.ztunnel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A mistake on a worker ends the process, with a status and one line: in a process of its own. */
class FatalProcessTest {
    @TempDir Path directory;

    /** Starts the daemon's threads, and lets one of its workers fail. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] args) throws InterruptedException {
            Threads threads = Threads.start(1, Daemon::die);
            threads.workers()
                    .execute(
                            () -> {
                                switch (args[0]) {
                                    case "exception" -> throw new IllegalStateException("mistake");
                                    case "error" -> throw new AssertionError("mistake");
                                    default -> fill();
                                }
                            });
            TimeUnit.SECONDS.sleep(30);
            Runtime.getRuntime().halt(0);
        }

        private static void fill() {
            List<byte[]> all = new ArrayList<>();
            while (all.size() < Integer.MAX_VALUE) {
                all.add(new byte[1 << 20]);
            }
            throw new AssertionError(all.size() + " MiB are there");
        }
    }

    private record Ended(int status, List<String> output) {}

    private Ended run(String how) throws Exception {
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx32m",
                                "-XX:+ExitOnOutOfMemoryError", // as build/ztunnel.flags has it
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path")
                                        + File.pathSeparator
                                        + System.getProperty("surefire.test.class.path", ""),
                                Victim.class.getName(),
                                how)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readAllLines(output));
    }

    @Test
    void whatEscapesOnAWorkerEndsTheProcessWithOneLine() throws Exception {
        for (String how : List.of("exception", "error")) {
            Ended ended = run(how);
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .filteredOn(line -> line.startsWith("ztunnel: "))
                    .singleElement()
                    .asString()
                    .contains("thread ztunnel-worker-1 failed", "mistake", "FatalProcessTest");
        }
    }

    @Test
    void anExhaustedHeapEndsTheProcess() throws Exception {
        Ended ended = run("memory");
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output()).anyMatch(line -> line.contains("OutOfMemoryError"));
    }
}
