package io.ztunnel.sandbox.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * On which TCP ports anything listens in a network namespace, as the kernel tells it through a
 * process inside. Unlike a connect it costs the program nothing, leaves no line in its log, and a
 * captured pod's redirection cannot answer in its place.
 */
public final class ListeningPorts {
    /** TCP_LISTEN, in hexadecimal, as /proc/net/tcp prints states. */
    private static final String LISTEN = "0A";

    private ListeningPorts() {}

    /**
     * The ports, or none while the process has not entered the namespace yet or is gone.
     *
     * @param namespace where the process is expected to be
     */
    public static Set<Integer> of(long pid, Path namespace) {
        Path process = Path.of("/proc/" + pid);
        Set<Integer> ports = new HashSet<>();
        try {
            Object expected = Files.getAttribute(namespace, "unix:ino");
            if (!expected.equals(Files.getAttribute(process.resolve("ns/net"), "unix:ino"))) {
                return Set.of();
            }
            parse(Files.readString(process.resolve("net/tcp"), StandardCharsets.US_ASCII), ports);
            parse(Files.readString(process.resolve("net/tcp6"), StandardCharsets.US_ASCII), ports);
        } catch (IOException gone) {
            // Also what a process that ends and is not reaped yet answers (EACCES, ESRCH).
            return Set.of();
        }
        return ports;
    }

    static void parse(String table, Set<Integer> ports) {
        table.lines()
                .skip(1)
                .map(line -> line.strip().split("\\s+", 5))
                .filter(fields -> fields.length >= 4 && fields[3].equals(LISTEN))
                .forEach(
                        fields ->
                                ports.add(
                                        Integer.parseInt(
                                                fields[1].substring(fields[1].indexOf(':') + 1),
                                                16)));
    }
}
