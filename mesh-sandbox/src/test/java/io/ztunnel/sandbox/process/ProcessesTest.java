package io.ztunnel.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Real processes in a real network namespace. */
class ProcessesTest {
    private static final String SPACE = "zt-proct-root";
    private static final Path SPACE_PATH = Path.of("/run/netns", SPACE);

    @TempDir Path folder;
    private final Spawner spawner = new Spawner();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final Events events = new Events();

    private static final class Events implements KeptProcess.Listener {
        final List<Long> pids = new CopyOnWriteArrayList<>();
        final List<String> failures = new CopyOnWriteArrayList<>();

        @Override
        public void started(KeptProcess process, long pid) {
            pids.add(pid);
        }

        @Override
        public void failed(KeptProcess process, String how, Duration pause) {
            failures.add(how + " " + pause.toMillis());
        }
    }

    @BeforeEach
    void makeNamespace() throws Exception {
        Files.deleteIfExists(folder.resolve("log"));
        run("ip", "netns", "add", SPACE);
    }

    @AfterEach
    void removeNamespace() throws Exception {
        NamespaceProcesses.end(List.of(SPACE_PATH), Duration.ofSeconds(1));
        executor.shutdownNow();
        spawner.close();
        run("ip", "netns", "del", SPACE);
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }

    private KeptProcess process(String script) {
        return new KeptProcess(
                new ProcessSpec(
                        "script",
                        SPACE,
                        List.of("sh", "-c", script),
                        Map.of("PATH", System.getenv("PATH"), "WORD", "given"),
                        folder.resolve("log")),
                spawner,
                executor,
                events,
                new Backoff(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofMinutes(1)));
    }

    @Test
    void runsInTheNamespaceWithOnlyTheGivenEnvironment() throws Exception {
        KeptProcess process =
                process("echo word=$WORD home=$HOME; readlink /proc/self/ns/net; exec sleep 600");
        process.start();

        Path log = folder.resolve("log");
        await().until(() -> Files.exists(log) && Files.readAllLines(log).size() == 2);
        String inode = Files.getAttribute(SPACE_PATH, "unix:ino").toString();
        assertThat(Files.readAllLines(log))
                .containsExactly("word=given home=", "net:[" + inode + "]");
        assertThat(NamespaceProcesses.in(List.of(SPACE_PATH)))
                .extracting(ProcessHandle::pid)
                .containsExactly(process.pid().orElseThrow());
    }

    @Test
    void aProgramThatEndsIsStartedAgainWithGrowingPauses() {
        KeptProcess process = process("exit 3");
        process.start();

        await().until(() -> events.failures.size() >= 4);
        process.stop(Duration.ZERO).join();
        assertThat(events.failures.subList(0, 4))
                .containsExactly(
                        "exit status 3 5",
                        "exit status 3 10",
                        "exit status 3 20",
                        "exit status 3 20");
    }

    @Test
    void aStoppedProgramStaysStopped() {
        KeptProcess process = process("exec sleep 600");
        process.start();
        await().until(() -> process.pid().isPresent());

        process.stop(Duration.ofSeconds(5)).join();

        assertThat(process.pid()).isEmpty();
        assertThat(events.failures).isEmpty();
        assertThat(events.pids).hasSize(1);
    }

    @Test
    void aProgramThatSomebodyElseEndsIsNotStartedAgainOnceThatIsAwaited() {
        KeptProcess process = process("exec sleep 600");
        process.start();
        await().until(() -> process.pid().isPresent());
        var gone = process.awaitEnd(Duration.ofMinutes(1));
        assertThat(gone).isNotDone();

        ProcessHandle.of(process.pid().orElseThrow()).orElseThrow().destroy();

        assertThat(gone).succeedsWithin(Duration.ofSeconds(5));
        assertThat(process.pid()).isEmpty();
        assertThat(events.failures).isEmpty();
        assertThat(events.pids).hasSize(1);
    }

    @Test
    void aProgramThatIgnoresSigtermIsKilledAfterTheGrace() {
        KeptProcess process = process("trap '' TERM; echo deaf; while :; do sleep 600; done");
        process.start();
        await().until(
                        () ->
                                Files.exists(folder.resolve("log"))
                                        && Files.readString(folder.resolve("log"))
                                                .contains("deaf"));

        process.stop(Duration.ofMillis(50)).join();

        assertThat(process.pid()).isEmpty();
    }

    @Test
    void everythingInTheNamespaceIsEndedAlsoWhatNobodyRemembers() throws Exception {
        KeptProcess process = process("trap '' TERM; (setsid sleep 601 &) ; sleep 602; :");
        process.start();
        await().until(() -> NamespaceProcesses.in(List.of(SPACE_PATH)).size() == 3);
        var stop = process.stop(Duration.ofMinutes(1));

        NamespaceProcesses.end(List.of(SPACE_PATH), Duration.ofMillis(100));

        assertThat(NamespaceProcesses.in(List.of(SPACE_PATH))).isEmpty();
        assertThat(stop).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    void noProcessIsFoundByAFileThatIsNoNamespace() throws IOException {
        assertThat(NamespaceProcesses.in(List.of(folder, Path.of("/proc/self/ns/net")))).isEmpty();
    }

    @Test
    void theKernelKillsTheProgramWhenTheProcessThatStartedItIsKilled() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        Process parent =
                new ProcessBuilder(
                                java,
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SpawnAndWait.class.getName(),
                                SPACE,
                                folder.resolve("log").toString())
                        .start();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> NamespaceProcesses.in(List.of(SPACE_PATH)).size() == 1);

        parent.destroyForcibly();

        await().until(() -> NamespaceProcesses.in(List.of(SPACE_PATH)).isEmpty());
    }

    @Test
    void aProgramWithoutItsNamespaceFailsWithAReason() {
        KeptProcess process =
                new KeptProcess(
                        new ProcessSpec(
                                "lost",
                                "zt-proct-absent",
                                List.of("true"),
                                Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                                folder.resolve("log")),
                        spawner,
                        executor,
                        events);
        process.start();

        await().until(() -> !events.failures.isEmpty());
        process.stop(Duration.ZERO).join();
        assertThat(events.failures.getFirst()).startsWith("exit status ");
        assertThat(folder.resolve("log")).content().contains("zt-proct-absent");
    }

    @Test
    void listeningPortsAreThoseOfTheNamespaceOnly() throws Exception {
        KeptProcess process = process("exec sleep 600");
        process.start();
        await().until(() -> NamespaceProcesses.in(List.of(SPACE_PATH)).size() == 1);

        assertThat(process.listensOn(List.of(), SPACE_PATH)).isTrue();
        assertThat(process.listensOn(List.of(9080), SPACE_PATH)).isFalse();
        try (var here = new java.net.ServerSocket(0)) {
            long self = ProcessHandle.current().pid();
            assertThat(ListeningPorts.of(self, Path.of("/proc/self/ns/net")))
                    .contains(here.getLocalPort());
            assertThat(ListeningPorts.of(self, SPACE_PATH)).isEmpty();
        }
        process.stop(Duration.ofSeconds(5)).join();
        assertThat(process.listensOn(List.of(), SPACE_PATH)).isFalse();
    }

    @Test
    void anEmptyCommandIsRefused() {
        assertThatThrownBy(() -> new ProcessSpec("none", SPACE, List.of(), Map.of(), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none");
    }
}
