package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.synthetic.SyntheticMesh;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.concurrent.Callable;

/** Makes a small sandbox look like a large mesh to its ztunnels. */
@Command(
        name = "synthesize",
        description = {
            "Let the control plane serve resources that nobody runs, besides the manifests.",
            "What is left out is zero; each call replaces the one before."
        },
        mixinStandardHelpOptions = true)
final class SynthesizeCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Option(
            names = "--workloads",
            paramLabel = "N",
            description = "Workloads, 100 in a namespace and 100 on a node; nothing answers there.")
    private int workloads;

    @Option(
            names = "--services",
            paramLabel = "M",
            description = "Services of these workloads, with a VIP and the ports 80 and 443.")
    private int services;

    @Option(
            names = "--policies",
            paramLabel = "P",
            description = "Policies that a connection is checked against and that let it pass.")
    private int policies;

    @Option(
            names = "--policy-namespace",
            paramLabel = "NS",
            description = "The namespace where the policies hold.")
    private String policyNamespace = "";

    @Option(
            names = "--updates",
            paramLabel = "R",
            description = "How many workloads change in each second.")
    private int updates;

    @Override
    public Integer call() throws Exception {
        SyntheticMesh mesh =
                new SyntheticMesh(workloads, services, policies, policyNamespace, updates);
        ControlClient client = choice.running();
        client.synthesize(mesh);
        return 0;
    }
}
