package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.NamespaceProcesses;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Removes whatever carries a sandbox's name, needing no memory of how it came about. */
public final class Teardown {
    private static final Duration GRACE = Duration.ofSeconds(1);

    private Teardown() {}

    /** Ends the processes in the sandbox's namespaces, then removes namespaces and their files. */
    public static void network(SandboxNames names) throws IOException {
        List<Path> spaces = names.existing().stream().map(SandboxNames::path).toList();
        NamespaceProcesses.end(spaces, GRACE);
        new SandboxNetwork(names).removeAll();
    }

    /** Removes everything, the state directory last: as long as it is there, {@code down} works. */
    public static void all(SandboxNames names) throws IOException {
        network(names);
        StateDirectory.of(names).delete();
    }

    /** Whether there is anything to remove. */
    public static boolean isNeeded(SandboxNames names) throws IOException {
        return !names.existing().isEmpty()
                || !names.existingEtc().isEmpty()
                || java.nio.file.Files.exists(StateDirectory.of(names).folder());
    }
}
