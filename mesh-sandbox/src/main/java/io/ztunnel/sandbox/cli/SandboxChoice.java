package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.supervisor.Preconditions;
import io.ztunnel.sandbox.supervisor.StateDirectory;

import picocli.CommandLine.Option;

import java.io.IOException;

/** Which sandbox is meant. */
final class SandboxChoice {
    static final String DEFAULT_ID = "mesh";

    @Option(
            names = "--id",
            paramLabel = "ID",
            defaultValue = DEFAULT_ID,
            description = "Which sandbox, when there are several (default: ${DEFAULT-VALUE}).")
    private String id = DEFAULT_ID;

    SandboxNames names() {
        return new SandboxNames(id);
    }

    StateDirectory state() {
        return StateDirectory.of(names());
    }

    ControlClient client() {
        return new ControlClient(state().controlSocket());
    }

    /**
     * The supervisor of a sandbox that is up.
     *
     * @throws IOException when it is not, or when this user may not ask
     */
    ControlClient running() throws IOException {
        Preconditions.checkPrivileges();
        ControlClient client = client();
        if (!client.isAnswered()) {
            throw new IOException(
                    "sandbox '" + id + "' is not up; bring it up with: ztunnel-sandbox up DIR");
        }
        return client;
    }
}
