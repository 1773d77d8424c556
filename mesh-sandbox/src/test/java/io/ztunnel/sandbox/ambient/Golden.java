package io.ztunnel.sandbox.ambient;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Recordings of the real programs, where they lie beside the checkout. */
final class Golden {
    private Golden() {}

    static Optional<Path> file(String name) {
        return folder().map(folder -> folder.resolve(name)).filter(Files::isReadable);
    }

    private static Optional<Path> folder() {
        String configured = System.getProperty("golden.dir");
        if (configured != null) {
            return Optional.of(Path.of(configured));
        }
        for (@Nullable Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path folder = at.resolve("shared/golden");
            if (Files.isDirectory(folder)) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }
}
