package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** Says where a pod or node is, for tools such as tcpdump: {@code ip netns exec $(... ns POD)}. */
@Command(
        name = "ns",
        description = "Print the name of the network namespace of a pod or node.",
        mixinStandardHelpOptions = true)
final class NamespaceCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(index = "0", paramLabel = "NAME", description = "NODE, POD or POD.NAMESPACE.")
    private String name = "";

    @Override
    public Integer call() throws Exception {
        Mesh mesh = new Mesh(choice.running().status());
        boolean node = mesh.nodes().stream().anyMatch(entry -> entry.text("name").equals(name));
        Mesh.Entry entry = node ? mesh.node(name) : mesh.pod(name);
        System.out.println(entry.text("networkNamespace"));
        return 0;
    }
}
