package io.ztunnel.sandbox.supervisor;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** Keeps logs from filling the disk; they lie on a file system in memory. */
final class LogFiles {
    private static final long MAX_BYTES = 16 << 20;

    private LogFiles() {}

    /**
     * Moves what is in a log that has become too large to {@code NAME.log.1} and empties it. The
     * programs append, so they go on at its new end; a line written in between is lost.
     */
    static void trim(Path folder) throws IOException {
        trim(folder, MAX_BYTES);
    }

    static void trim(Path folder, long limit) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                if (Files.size(file) > limit) {
                    Path old = file.resolveSibling(file.getFileName() + ".1");
                    Files.copy(file, old, StandardCopyOption.REPLACE_EXISTING);
                    try (FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        log.truncate(0);
                    }
                }
            }
        }
    }
}
