package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.supervisor.Preconditions;
import io.ztunnel.sandbox.supervisor.Teardown;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Takes a sandbox down, or removes what one that crashed has left. */
@Command(
        name = "down",
        description = "Take the sandbox down and remove every trace of it.",
        mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Override
    public Integer call() throws Exception {
        Preconditions.checkPrivileges();
        String id = choice.names().id();
        ControlClient client = choice.client();
        boolean answered = client.isAnswered();
        if (answered) {
            Optional<ProcessIdentity> supervisor = ProcessIdentity.read(choice.state().pidFile());
            try {
                client.down();
                if (supervisor.isPresent()) {
                    Leftovers.awaitEnd(supervisor.get());
                }
            } catch (IOException hangs) {
                System.err.println("ztunnel-sandbox: " + hangs.getMessage() + "; it is ended");
            }
        }
        boolean left = Teardown.isNeeded(choice.names());
        if (left) {
            Leftovers.remove(choice.names());
        }
        if (answered) {
            System.out.println("sandbox '" + id + "' is down");
        } else if (left) {
            System.out.println("removed what a sandbox '" + id + "' had left");
        } else {
            System.out.println("sandbox '" + id + "' is not up");
        }
        return 0;
    }
}
