package io.ztunnel.linux;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A namespace made by ip(8) for one test, with a name no other test run uses. */
final class NamedNamespace implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name =
            "zt-red-" + ProcessHandle.current().pid() + "-native" + COUNT.incrementAndGet();

    NamedNamespace() throws IOException {
        run("ip", "netns", "add", name);
    }

    String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        run("ip", "netns", "del", name);
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " takes too long");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    String.join(" ", command) + ": " + process.inputReader().readLine());
        }
    }
}
