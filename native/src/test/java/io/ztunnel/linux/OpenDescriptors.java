package io.ztunnel.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The files this process has open, by what they are, so that a test sees what it has leaked. */
final class OpenDescriptors {
    private OpenDescriptors() {}

    /**
     * Links such as {@code socket:[1234]}; class files and jars that the JVM opens are left out.
     */
    static Set<String> snapshot() throws IOException {
        Set<String> open = new HashSet<>();
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : fds) {
                try {
                    String target = Files.readSymbolicLink(fd).toString();
                    if (!target.startsWith("/")) {
                        open.add(fd.getFileName() + " " + target);
                    }
                } catch (NoSuchFileException closed) {
                    // It was the descriptor of this very listing.
                }
            }
        }
        return open;
    }
}
