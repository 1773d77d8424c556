package io.ztunnel.sandbox.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts processes that the kernel kills when this JVM dies, however it dies.
 *
 * <p>PR_SET_PDEATHSIG (prctl(2)) fires when the <em>thread</em> that forked ends, so every fork
 * happens on one thread that lives as long as the JVM. Safe for use by any thread.
 */
public final class Spawner implements AutoCloseable {
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("sandbox-spawner").factory());

    /** Runs a command in a network namespace, and not longer than the thread that forks it. */
    public static List<String> commandLine(String namespace, List<String> command) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--pdeathsig",
                                "KILL",
                                "ip",
                                "netns",
                                "exec",
                                namespace));
        line.addAll(command);
        return line;
    }

    /**
     * Starts a process and returns once it exists.
     *
     * @throws IOException when the program cannot be executed or the log cannot be written
     */
    Process start(ProcessSpec spec) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(commandLine(spec.namespace(), spec.command()));
        builder.environment().clear();
        builder.environment().putAll(spec.environment());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        try {
            return CompletableFuture.supplyAsync(() -> fork(builder), thread).get();
        } catch (ExecutionException failed) {
            throw new IOException("cannot start " + spec.name() + ": " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting " + spec.name(), interrupted);
        }
    }

    private static Process fork(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    /**
     * Lets the thread end, and with it every process that it started and that still runs: call it
     * last.
     */
    @Override
    public void close() {
        thread.close();
    }
}
