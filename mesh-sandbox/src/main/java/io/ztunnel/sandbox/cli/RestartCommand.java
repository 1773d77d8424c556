package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** Ends a program; the sandbox starts it again, as a kubelet would. */
@Command(
        name = "restart",
        description = "Restart the program of a pod, or a node's ztunnel.",
        mixinStandardHelpOptions = true)
final class RestartCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(index = "0", paramLabel = "NAME", description = "NODE, POD or POD.NAMESPACE.")
    private String name = "";

    @Override
    public Integer call() throws Exception {
        choice.running().restart(name);
        return 0;
    }
}
