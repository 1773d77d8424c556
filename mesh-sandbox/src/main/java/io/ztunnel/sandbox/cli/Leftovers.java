package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.Teardown;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Removes what a supervisor that no longer answers has left, the supervisor included. */
final class Leftovers {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Leftovers() {}

    static void remove(SandboxNames names) throws IOException {
        Optional<ProcessIdentity> supervisor =
                ProcessIdentity.read(StateDirectory.of(names).pidFile());
        if (supervisor.isPresent()
                && supervisor.get().isAlive()
                && supervisor.get().pid() != ProcessHandle.current().pid()) {
            end(supervisor.get());
        }
        Teardown.all(names);
    }

    /** A supervisor that has answered that all is gone but itself; one that stays is killed. */
    static void awaitEnd(ProcessIdentity supervisor) throws IOException {
        Optional<ProcessHandle> handle = ProcessHandle.of(supervisor.pid());
        if (handle.isPresent() && supervisor.isAlive()) {
            try {
                handle.get().onExit().orTimeout(LIMIT.toMillis(), TimeUnit.MILLISECONDS).join();
            } catch (CompletionException stays) {
                end(supervisor);
            }
        }
    }

    private static void end(ProcessIdentity supervisor) throws IOException {
        Optional<ProcessHandle> handle = ProcessHandle.of(supervisor.pid());
        if (handle.isEmpty() || !supervisor.isAlive()) {
            return;
        }
        handle.get().destroyForcibly();
        try {
            handle.get().onExit().orTimeout(LIMIT.toMillis(), TimeUnit.MILLISECONDS).join();
        } catch (CompletionException stays) {
            throw new IOException("supervisor " + supervisor.pid() + " does not end", stays);
        }
    }
}
