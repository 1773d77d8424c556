package io.ztunnel.sandbox.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

/** Adds objects to the manifests, or replaces them there. */
@Command(
        name = "apply",
        description = "Write the objects of a file into the sandbox's manifests.",
        mixinStandardHelpOptions = true)
final class ApplyCommand implements Callable<Integer> {
    @Mixin private KubeTarget target = new KubeTarget();

    @Option(
            names = {"-f", "--filename"},
            required = true,
            paramLabel = "FILE",
            description = "A file, a folder, or - for what is piped in; may be repeated.")
    private List<String> files = List.of();

    @Override
    public Integer call() throws Exception {
        AppliedDocuments documents = AppliedDocuments.read(files, System.in, target.namespace());
        documents.apply(target.open()).forEach(System.out::println);
        return 0;
    }
}
