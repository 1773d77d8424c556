package io.ztunnel.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The namespace the process lives in, opened once. It is taken from the main thread of the process,
 * not from the thread that happens to ask first.
 */
public final class HomeNamespace {
    static final Path OF_THREAD = Path.of("/proc/thread-self/ns/net");

    private static final Path OF_PROCESS = Path.of("/proc/self/ns/net");
    private static final Path TASKS = Path.of("/proc/self/task");

    private HomeNamespace() {}

    private static final class Holder {
        static final int FD = Libc.open(OF_PROCESS.toString());
    }

    /** Open for the life of the process. */
    static int fd() throws IOException {
        return LinuxException.check("open", OF_PROCESS.toString(), Holder.FD);
    }

    /**
     * Threads of this process that live elsewhere, by operating system thread id: none, unless
     * something was started inside {@link NetworkNamespace#call}, or a call is running right now.
     * For self-checks and tests; reads one link per thread.
     */
    public static List<Long> strays() throws IOException {
        Path home = Files.readSymbolicLink(OF_PROCESS);
        List<Long> strays = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (!namespaceOf(task).orElse(home).equals(home)) {
                    strays.add(Long.valueOf(task.getFileName().toString()));
                }
            }
        }
        return strays;
    }

    private static Optional<Path> namespaceOf(Path task) throws IOException {
        try {
            return Optional.of(Files.readSymbolicLink(task.resolve("ns/net")));
        } catch (NoSuchFileException ended) {
            return Optional.empty();
        }
    }
}
