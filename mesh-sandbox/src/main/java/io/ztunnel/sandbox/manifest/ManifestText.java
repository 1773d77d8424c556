package io.ztunnel.sandbox.manifest;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The text of a manifest file, cut at its documents without losing a character. */
final class ManifestText {
    private static final String SEPARATOR = "---";

    private ManifestText() {}

    /** YAML has no tabs where JSON may be indented with them. */
    static String readable(String file, String text) {
        return file.endsWith(".json") ? text.replace('\t', ' ') : text;
    }

    /** Joined, they are the text again; each but perhaps the first begins with its separator. */
    static List<String> split(String text) {
        List<String> documents = new ArrayList<>();
        StringBuilder document = new StringBuilder();
        for (String line : text.splitWithDelimiters("\n", 0)) {
            boolean separator =
                    line.startsWith(SEPARATOR)
                            && (line.length() == 3 || Character.isWhitespace(line.charAt(3)));
            if (separator && !document.isEmpty()) {
                documents.add(document.toString());
                document.setLength(0);
            }
            document.append(line);
        }
        documents.add(document.toString());
        return documents;
    }

    /** Empty for what is no single mapping. */
    static Optional<Tree> tree(String document) {
        List<YamlReader.Result> results = YamlReader.read(document);
        return results.size() == 1
                        && results.getFirst() instanceof YamlReader.Result.Good good
                        && good.document().value() instanceof Map<?, ?> map
                ? Optional.of(new Tree(TreeEditor.frozen(map)))
                : Optional.empty();
    }

    /** The object as a document of that file, in place of another. */
    static String of(Tree object, String before, Path file) {
        if (file.toString().endsWith(".json")) {
            try {
                return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(object.fields())
                        + "\n";
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        String start = before.startsWith(SEPARATOR) ? SEPARATOR + "\n" : "";
        return start + Manifests.toYaml(object.fields());
    }
}
