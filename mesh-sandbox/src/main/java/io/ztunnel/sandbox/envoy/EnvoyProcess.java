package io.ztunnel.sandbox.envoy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An Envoy that ends with this process, however that ends, and prints where this one does.
 *
 * @param program the binary
 */
record EnvoyProcess(Path program, Path bootstrap) {
    /** Less than what the supervisor lets a pod's program have. */
    private static final long STOP_MILLIS = 1_500;

    /** How long connections live on whose rules have changed; the next request opens a new one. */
    private static final String DRAIN_SECONDS = "5";

    /**
     * Runs it to its end.
     *
     * @return its exit status
     */
    int run() throws IOException, InterruptedException {
        // The kernel ends it with the thread that forks: this one, which waits for it.
        Process process = new ProcessBuilder(command()).inheritIO().start();
        Thread hook = Thread.ofPlatform().unstarted(() -> stop(process));
        Runtime.getRuntime().addShutdownHook(hook);
        return process.waitFor();
    }

    private List<String> command() {
        return List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                program.toString(),
                "--config-path",
                bootstrap.toString(),
                "--disable-hot-restart",
                "--concurrency",
                "2",
                "--log-level",
                "warning",
                "--file-flush-interval-msec",
                "100",
                "--drain-strategy",
                "immediate",
                "--drain-time-s",
                DRAIN_SECONDS);
    }

    private static void stop(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
