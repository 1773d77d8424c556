package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.Teardown;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Ids of sandboxes that no other run uses, and the removal of what killed runs have left. */
final class SandboxIds {
    private static final String PREFIX = "cf";
    private static final int CHARACTERS = 8;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private SandboxIds() {}

    static String next() throws IOException {
        removeLeftovers();
        String id =
                PREFIX
                        + Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX)
                        + Integer.toString(COUNT.getAndIncrement(), Character.MAX_RADIX);
        return id.substring(0, Math.min(CHARACTERS, id.length()));
    }

    private static void removeLeftovers() throws IOException {
        for (String id : StateDirectory.existing()) {
            if (id.startsWith(PREFIX)) {
                SandboxNames names = new SandboxNames(id);
                Optional<ProcessIdentity> owner =
                        ProcessIdentity.read(StateDirectory.of(names).pidFile());
                if (owner.isPresent() && !owner.get().isAlive()) {
                    Teardown.all(names);
                }
            }
        }
    }
}
