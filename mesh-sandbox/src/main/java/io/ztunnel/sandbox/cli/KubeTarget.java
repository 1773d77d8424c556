package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.ResourceType;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which objects of which sandbox a verb is about, spelled as for kubectl. */
final class KubeTarget {
    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            defaultValue = "default",
            description = "Namespace of the objects (default: ${DEFAULT-VALUE}).")
    private String namespace = "default";

    String namespace() {
        return namespace;
    }

    LiveObjects open() throws IOException {
        Mesh mesh = new Mesh(choice.running().status());
        return LiveObjects.of(Path.of(mesh.text("manifests")), choice.state().folder());
    }

    /**
     * Reads {@code TYPE NAME...} or {@code TYPE/NAME...}.
     *
     * @throws IllegalArgumentException for a type that does not exist
     */
    List<ObjectName> names(List<String> words) {
        List<ObjectName> names = new ArrayList<>();
        for (String word : words) {
            int slash = word.indexOf('/');
            if (slash > 0) {
                names.add(name(type(word.substring(0, slash)), word.substring(slash + 1)));
            }
        }
        if (names.isEmpty() && !words.isEmpty()) {
            ResourceType type = type(words.getFirst());
            words.stream().skip(1).map(name -> name(type, name)).forEach(names::add);
        } else if (names.size() != words.size()) {
            throw new IllegalArgumentException(
                    "there is no need to say a type beside TYPE/NAME: " + String.join(" ", words));
        }
        return names;
    }

    ObjectName name(ResourceType type, String name) {
        return new ObjectName(type.group(), type.kind(), type.namespaced() ? namespace : "", name);
    }

    static ResourceType type(String text) {
        return ResourceType.named(text)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the sandbox doesn't have a resource type \""
                                                + text
                                                + "\""));
    }

    static IOException notFound(ObjectName name) {
        String type = ResourceType.named(name.kind()).map(ResourceType::qualified).orElse("");
        return new IOException(
                "Error from server (NotFound): " + type + " \"" + name.name() + "\" not found");
    }
}
