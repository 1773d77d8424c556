package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program inside a namespace. nsenter(1) does the switch: a process forked while one of our
 * own threads is switched would be a gamble on what else the JVM does meanwhile.
 */
final class NamespaceCommand {
    private static final Logger LOG = LoggerFactory.getLogger(NamespaceCommand.class);

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** Less than a pipe holds, so that a program which says more cannot wait for us. */
    private static final int MAX_OUTPUT = 16 * 1024;

    private final Path namespace;

    /**
     * @param status the exit status
     * @param output stdout and stderr
     */
    record Result(int status, String output) {}

    /**
     * @param namespace open at least until the command has ended
     */
    NamespaceCommand(NetworkNamespace namespace) {
        this.namespace = namespace.path();
    }

    /**
     * Runs a program that must succeed.
     *
     * @throws IOException with what the program said
     */
    void run(String input, List<String> command) throws IOException {
        Result result = tryRun(input, command);
        if (result.status() != 0) {
            throw failure(result, command);
        }
    }

    /** Runs a program that may also fail with one of these words: what it should do is done. */
    void runUnless(List<String> tolerated, List<String> command) throws IOException {
        Result result = tryRun("", command);
        if (result.status() != 0 && tolerated.stream().noneMatch(result.output()::contains)) {
            throw failure(result, command);
        }
    }

    /**
     * @throws IOException when the program cannot be run, or runs longer than 10 s; it is killed
     *     then
     */
    Result tryRun(String input, List<String> command) throws IOException {
        List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + namespace, "--"));
        line.addAll(command);
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try {
            feed(process, input);
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "%s took longer than %d s"
                                .formatted(String.join(" ", command), LIMIT.toSeconds()));
            }
            byte[] output = process.getInputStream().readNBytes(MAX_OUTPUT);
            return new Result(
                    process.exitValue(), new String(output, StandardCharsets.UTF_8).strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command.getFirst(), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void feed(Process process, String input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading; its status says why.
            LOG.debug("no input for process {}", process.pid(), e);
        }
    }

    private static IOException failure(Result result, List<String> command) {
        return new IOException(
                "%s exits with %d: %s"
                        .formatted(String.join(" ", command), result.status(), result.output()));
    }
}
