package io.ztunnel.sandbox.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program that is run to its end, within a limit. */
final class Command {
    private Command() {}

    /** What it printed on stdout and stderr together. */
    record Result(int status, String output) {
        /** The output of a command that must have worked. */
        String orFail() {
            if (status != 0) {
                throw new AssertionError("exit status " + status + ": " + output);
            }
            return output;
        }
    }

    static Result run(Duration limit, List<String> line) throws IOException {
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            CompletableFuture<byte[]> output =
                    CompletableFuture.supplyAsync(() -> read(process), Thread::startVirtualThread);
            byte[] bytes = output.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return new Result(process.waitFor(), new String(bytes, StandardCharsets.UTF_8));
        } catch (TimeoutException late) {
            throw new IOException(line + " did not end within " + limit, late);
        } catch (ExecutionException broken) {
            throw new IOException("cannot read what " + line + " prints", broken);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    /** In a network namespace, which also has the sandbox's resolver. */
    static Result in(String namespace, Duration limit, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        line.addAll(List.of(command));
        return run(limit, line);
    }

    private static byte[] read(Process process) {
        try {
            return process.getInputStream().readAllBytes();
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }
}
