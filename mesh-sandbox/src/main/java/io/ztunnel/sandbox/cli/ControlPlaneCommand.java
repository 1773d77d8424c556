package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** Takes the control plane away, as an outage would, and gives it back. */
@Command(
        name = "control-plane",
        description = "Stop or start the control plane; traffic goes on without it.",
        mixinStandardHelpOptions = true)
final class ControlPlaneCommand implements Callable<Integer> {
    enum Action {
        stop,
        start
    }

    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(
            index = "0",
            paramLabel = "ACTION",
            description = "One of ${COMPLETION-CANDIDATES}.")
    private Action action = Action.start;

    @Override
    public Integer call() throws Exception {
        choice.running().controlPlane(action == Action.start);
        return 0;
    }
}
