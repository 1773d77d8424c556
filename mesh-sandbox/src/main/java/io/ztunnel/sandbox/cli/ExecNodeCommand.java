package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/** Runs a command where a node's ztunnel runs, such as {@code ztunnel config services}. */
@Command(
        name = "exec-node",
        description = "Run a command on a node; its exit status is passed on.",
        mixinStandardHelpOptions = true)
final class ExecNodeCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(index = "0", paramLabel = "NODE", description = "The node's name.")
    private String node = "";

    @Parameters(index = "1..*", paramLabel = "-- COMMAND", description = "What to run.")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Exception {
        Mesh mesh = new Mesh(choice.running().status());
        return InNamespace.run(mesh.node(node).text("networkNamespace"), command);
    }
}
