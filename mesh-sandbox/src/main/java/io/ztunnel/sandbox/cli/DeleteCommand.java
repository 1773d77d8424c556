package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.ObjectName;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Takes objects out of the manifests. */
@Command(
        name = "delete",
        description = "Remove objects from the sandbox's manifests; a namespace with all it holds.",
        mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {
    @Mixin private KubeTarget target = new KubeTarget();

    @Parameters(
            arity = "0..*",
            paramLabel = "TYPE NAME...",
            description = "Or TYPE/NAME...; for example: gateway waypoint")
    private List<String> words = List.of();

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description = "The objects of a file, a folder, or - for what is piped in.")
    private List<String> files = List.of();

    @Option(names = "--ignore-not-found", description = "What is not there is fine.")
    private boolean ignoreNotFound;

    @Override
    public Integer call() throws Exception {
        List<ObjectName> names = new ArrayList<>(target.names(words));
        if (!files.isEmpty()) {
            names.addAll(
                    AppliedDocuments.read(files, System.in, target.namespace()).objects().keySet());
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("name what to delete: TYPE NAME, or -f FILE");
        }
        delete(target.open(), names, ignoreNotFound).forEach(System.out::println);
        return 0;
    }

    /** Returns a line for each object that is gone. */
    static List<String> delete(LiveObjects live, List<ObjectName> names, boolean ignoreNotFound)
            throws IOException {
        List<String> lines = new ArrayList<>();
        for (ObjectName name : names) {
            boolean held = name.kind().equals("Namespace") && removeAllIn(live, name.name());
            if (live.folder().remove(name) || held) {
                lines.add(name.toString().replace("/", " \"") + "\" deleted");
            } else if (live.current(name).isPresent()) {
                throw new IOException(
                        name
                                + " is in no manifest: the sandbox makes it, and would make it"
                                + " again; delete what it is made for");
            } else if (!ignoreNotFound) {
                throw KubeTarget.notFound(name);
            }
        }
        return lines;
    }

    private static boolean removeAllIn(LiveObjects live, String namespace) throws IOException {
        boolean any = false;
        for (ObjectName name : live.folder().names()) {
            if (name.namespace().equals(namespace)) {
                any |= live.folder().remove(name);
            }
        }
        return any;
    }
}
