package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Sets and removes labels in the manifests. */
@Command(
        name = "label",
        description = "Set (KEY=VALUE) or remove (KEY-) labels of objects.",
        mixinStandardHelpOptions = true)
final class LabelCommand implements Callable<Integer> {
    @Mixin private KubeTarget target = new KubeTarget();

    @Parameters(
            // For each run of words: options may stand between them.
            arity = "1..*",
            hideParamSyntax = true,
            paramLabel = "TYPE NAME... CHANGE...",
            description = "For example: namespace bookinfo istio.io/use-waypoint=waypoint")
    private List<String> words = List.of();

    @Option(names = "--overwrite", description = "Replace values that are there.")
    private boolean overwrite;

    @Option(names = "--all", description = "All objects of the type in the namespace.")
    private boolean all;

    @Option(
            names = {"-l", "--selector"},
            split = ",",
            paramLabel = "KEY=VALUE",
            description = "All objects of the type in the namespace with these labels.")
    private Map<String, String> selector = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        MetadataVerb.run(target, "labels", words, overwrite, all, selector);
        return 0;
    }
}
