package io.ztunnel.bench.mesh;

import io.ztunnel.sandbox.process.Spawner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Other programs: each with a limit, and none outlives this JVM. */
public final class Commands {
    private Commands() {}

    /**
     * Runs a program to its end.
     *
     * @return what it printed
     * @throws IOException when it cannot be started, fails, or takes longer than the limit
     */
    public static String run(Duration limit, Map<String, String> environment, List<String> command)
            throws IOException {
        Process process = start(environment, command);
        CompletableFuture<byte[]> output =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return process.getInputStream().readAllBytes();
                            } catch (IOException closed) {
                                return new byte[0];
                            }
                        });
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        String.join(" ", command) + ": not done in " + limit.toSeconds() + " s");
            }
            String text = new String(output.join(), StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(
                        String.join(" ", command)
                                + ": exit status "
                                + process.exitValue()
                                + "\n"
                                + text.strip());
            }
            return text;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command.getFirst());
        } finally {
            process.destroyForcibly();
        }
    }

    /** Starts a program whose end the caller sees to. */
    static Process start(Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        return builder.start();
    }

    /** A program inside a namespace, ended with the thread that starts it. */
    public static Process startIn(Place place, List<String> command) throws IOException {
        return start(Map.of(), Spawner.commandLine(place.namespaceName(), command));
    }

    public static String runIn(Place place, Duration limit, List<String> command)
            throws IOException {
        return run(limit, Map.of(), Spawner.commandLine(place.namespaceName(), command));
    }
}
