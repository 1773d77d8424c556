package io.ztunnel.sandbox.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder a sandbox follows, edited as a user would. */
final class Manifests {
    private final Path folder;

    private Manifests(Path folder) {
        this.folder = folder;
    }

    /** A fresh copy of the files of a folder of this module. */
    static Manifests copyOf(String source) throws IOException {
        Path folder = Files.createTempDirectory("e2e-manifests");
        try (Stream<Path> files = Files.list(Path.of(source))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
        }
        return new Manifests(folder);
    }

    Path folder() {
        return folder;
    }

    String read(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    /** In one step: the sandbox never sees half of it. */
    void write(String file, String text) throws IOException {
        Path hidden = folder.resolve("." + file);
        Files.writeString(hidden, text);
        Files.move(hidden, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }

    void remove(String file) throws IOException {
        Files.delete(folder.resolve(file));
    }

    /** Adds a label to Namespaces that a file defines, each of which has labels already. */
    void label(String file, String key, String value, String... namespaces) throws IOException {
        String text = read(file);
        for (String namespace : namespaces) {
            String head = "  name: " + namespace + "\n  labels:\n";
            if (!text.contains(head)) {
                throw new AssertionError(file + " has no labelled Namespace " + namespace);
            }
            text = text.replace(head, head + "    " + key + ": " + value + "\n");
        }
        write(file, text);
    }

    void delete() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> inside = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : inside) {
                Files.delete(file);
            }
        }
    }
}
