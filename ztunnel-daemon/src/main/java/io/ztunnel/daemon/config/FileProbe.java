package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The few questions that reading the configuration asks of the file system. */
public interface FileProbe {
    /** The real file system. Relative paths are relative to the working directory. */
    FileProbe SYSTEM =
            new FileProbe() {
                @Override
                public boolean exists(String path) {
                    try {
                        return Files.exists(Path.of(path));
                    } catch (InvalidPathException e) {
                        return false; // a PEM text, say
                    }
                }

                @Override
                public @Nullable String read(String path) throws IOException {
                    Path file = Path.of(path);
                    return Files.exists(file) ? Files.readString(file) : null;
                }
            };

    /** False also for text that cannot be a path. */
    boolean exists(String path);

    /**
     * @return null when there is no such file
     * @throws IOException when the file is there and cannot be read
     */
    @Nullable String read(String path) throws IOException;
}
