package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.net.SandboxNetwork;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.concurrent.Callable;

/** Says where what passes between nodes can be captured, shaped or dropped. */
@Command(
        name = "link",
        description = "Print namespace and device of a node's link to the other nodes.",
        mixinStandardHelpOptions = true)
final class LinkCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NODE",
            defaultValue = "",
            description = "The node (default: the first).")
    private String node = "";

    @Override
    public Integer call() throws Exception {
        Mesh mesh = new Mesh(choice.running().status());
        if (mesh.nodes().isEmpty()) {
            throw new IOException("the sandbox has no node");
        }
        Mesh.Entry entry = node.isEmpty() ? mesh.nodes().getFirst() : mesh.node(node);
        System.out.println(entry.text("networkNamespace") + " " + SandboxNetwork.nodeDevice());
        return 0;
    }
}
