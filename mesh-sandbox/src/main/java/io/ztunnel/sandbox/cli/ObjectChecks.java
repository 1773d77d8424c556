package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.io.IOException;
import java.util.List;

/** Nothing is written that the sandbox would refuse to read. */
final class ObjectChecks {
    private ObjectChecks() {}

    /**
     * @throws IOException with a line for each thing that is wrong
     */
    static void check(String source, String text) throws IOException {
        List<String> errors =
                ManifestLoader.parse(source, text).problems().stream()
                        .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                        .map(Problem::toString)
                        .toList();
        if (!errors.isEmpty()) {
            throw new IOException(String.join("\n", errors));
        }
    }

    static void check(Tree object) throws IOException {
        check("object", Manifests.toYaml(object.fields()));
    }
}
