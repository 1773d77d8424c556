package io.ztunnel.sandbox.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a sandbox might leave behind outside of its own namespaces.
 *
 * @param tables the machine's own nftables rule set
 * @param rules its routing rules, {@code ip rule}
 * @param routes its routes, of every table
 * @param links its network devices
 */
record Machine(String tables, String rules, String routes, String links) {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    static Machine now() throws IOException {
        return new Machine(
                told("nft", "list", "ruleset"),
                told("ip", "rule", "show") + told("ip", "-6", "rule", "show"),
                told("ip", "route", "show", "table", "all")
                        + told("ip", "-6", "route", "show", "table", "all"),
                told("ip", "-brief", "link", "show"));
    }

    private static String told(String... command) throws IOException {
        return Command.run(LIMIT, List.of(command)).orFail();
    }

    /** Files and folders that carry the name of a sandbox, and those of its manifests. */
    static List<String> traces(Mesh mesh) throws IOException {
        TreeSet<String> found = new TreeSet<>();
        found.addAll(mesh.names().existing());
        found.addAll(mesh.names().existingEtc());
        for (Path path : List.of(mesh.state().folder(), mesh.manifests().folder())) {
            if (Files.exists(path)) {
                found.add(path.toString());
            }
        }
        return List.copyOf(found);
    }

    /** Processes of this machine whose command line or environment names a sandbox's folder. */
    static List<String> processes(Mesh mesh) throws IOException {
        String mark = mesh.state().folder().toString();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            return entries.filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(path -> mentions(path.resolve("cmdline"), mark))
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    private static boolean mentions(Path file, String text) {
        try {
            return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(text);
        } catch (IOException gone) {
            return false;
        }
    }
}
