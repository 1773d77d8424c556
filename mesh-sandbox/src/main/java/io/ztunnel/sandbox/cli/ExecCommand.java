package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/** Runs a command where a pod's program runs. */
@Command(
        name = "exec",
        description = "Run a command in a pod; its exit status is passed on.",
        mixinStandardHelpOptions = true)
final class ExecCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(index = "0", paramLabel = "POD", description = "POD or POD.NAMESPACE.")
    private String pod = "";

    @Parameters(index = "1..*", paramLabel = "-- COMMAND", description = "What to run.")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Exception {
        Mesh mesh = new Mesh(choice.running().status());
        return InNamespace.run(mesh.pod(pod).text("networkNamespace"), command);
    }
}
