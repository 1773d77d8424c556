package io.ztunnel.sandbox.conformance.mesh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Which program runs on which node.
 *
 * @param all on nodes that are not named
 * @param next what takes over when a scenario replaces the ztunnel of a node; another of the same
 *     when there is none
 */
public record Executables(Path all, Map<String, Path> byNode, Optional<Path> next) {
    private static final int LIMIT_SECONDS = 20;
    private static final String REFERENCE = "version.BuildInfo{";

    public Executables {
        byNode = Map.copyOf(byNode);
    }

    Path after(String node) {
        return next.orElseGet(() -> on(node));
    }

    Path on(String node) {
        return byNode.getOrDefault(node, all);
    }

    /**
     * Which implementations are under test: "this" for ours, "reference" for the one that lists of
     * differences call so. Asked by {@code PATH version}.
     *
     * @throws IOException when a program is not there or does not answer
     */
    public List<String> implementations(List<String> nodes) throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> programs = new ArrayList<>(nodes.stream().map(this::on).toList());
        next.ifPresent(programs::add);
        for (Path program : programs) {
            String name = implementation(program);
            if (!found.contains(name)) {
                found.add(name);
            }
        }
        return found;
    }

    private static String implementation(Path program) throws IOException {
        if (!Files.isExecutable(program)) {
            throw new IOException(
                    "no ztunnel at " + program + "; build it with 'make build' or use --ztunnel");
        }
        Process process =
                new ProcessBuilder(program.toString(), "version")
                        .redirectErrorStream(true)
                        .redirectInput(new java.io.File("/dev/null"))
                        .start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(program + " version does not end");
            }
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return text.startsWith(REFERENCE) ? "reference" : "this";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }
}
