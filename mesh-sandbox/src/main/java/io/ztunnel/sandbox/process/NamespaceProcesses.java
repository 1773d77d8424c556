package io.ztunnel.sandbox.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds and ends whatever runs in given network namespaces. This needs no memory of who was
 * started, so it also works after the supervisor was killed, and for programs that users started in
 * a pod.
 */
public final class NamespaceProcesses {
    private static final Path OWN = Path.of("/proc/self/ns/net");

    private NamespaceProcesses() {}

    /**
     * The processes inside any of the namespaces, this one never among them.
     *
     * @param namespaces paths such as {@code /run/netns/NAME}; absent ones are skipped
     */
    public static List<ProcessHandle> in(Collection<Path> namespaces) throws IOException {
        Set<String> wanted = new HashSet<>();
        for (Path namespace : namespaces) {
            inode(namespace).ifPresent(inode -> wanted.add("net:[" + inode + "]"));
        }
        wanted.remove(Files.readSymbolicLink(OWN).toString());
        List<ProcessHandle> found = new ArrayList<>();
        if (wanted.isEmpty()) {
            return found;
        }
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                // The handle first: it knows the start time, so that a number used again between
                // here and the signal is told apart.
                Optional<ProcessHandle> handle = ProcessHandle.of(pid);
                if (pid != ProcessHandle.current().pid()
                        && handle.isPresent()
                        && wanted.contains(namespaceOf(process))) {
                    found.add(handle.get());
                }
            }
        }
        return found;
    }

    /**
     * Asks all of them to end, kills those that did not within the grace, and looks again until
     * none is left, because a process may fork meanwhile.
     *
     * @throws IOException when some are still there after twice the grace and five seconds
     */
    public static void end(Collection<Path> namespaces, Duration grace) throws IOException {
        List<ProcessHandle> processes = in(namespaces);
        processes.forEach(ProcessHandle::destroy);
        await(processes, grace);
        long limit = System.nanoTime() + grace.plusSeconds(5).toNanos();
        for (processes = in(namespaces); !processes.isEmpty(); processes = in(namespaces)) {
            if (System.nanoTime() - limit > 0) {
                throw new IOException(
                        "processes do not end: "
                                + processes.stream().map(ProcessHandle::pid).toList());
            }
            processes.forEach(ProcessHandle::destroyForcibly);
            await(processes, Duration.ofSeconds(1));
        }
    }

    private static void await(List<ProcessHandle> processes, Duration limit) {
        CompletableFuture<?>[] exits =
                processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(exits).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException stillThere) {
            // The caller looks again at what is there.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Object> inode(Path namespace) throws IOException {
        // An inode number says nothing about a file of another file system than nsfs.
        return Files.exists(namespace)
                        && Files.getAttribute(namespace, "unix:dev")
                                .equals(Files.getAttribute(OWN, "unix:dev"))
                ? Optional.of(Files.getAttribute(namespace, "unix:ino"))
                : Optional.empty();
    }

    private static String namespaceOf(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/net")).toString();
        } catch (IOException gone) {
            // It ended meanwhile, or is a kernel thread.
            return "";
        }
    }
}
