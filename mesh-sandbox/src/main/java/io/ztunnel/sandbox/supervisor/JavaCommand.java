package io.ztunnel.sandbox.supervisor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the sandbox's own programs are started: by the JVM that runs it, with its class path and its
 * native libraries.
 */
public final class JavaCommand {
    /** What a small mesh needs; by default it would follow from the machine's memory. */
    private static final int FIRST_MEGABYTES = 64;

    private JavaCommand() {}

    /**
     * The command line of a main class.
     *
     * @param heapMegabytes what it may use at most; there may be dozens of them
     */
    public static List<String> of(String mainClass, int heapMegabytes, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Xss512k",
                        "-Xms" + Math.min(heapMegabytes, FIRST_MEGABYTES) + "m",
                        "-Xmx" + heapMegabytes + "m",
                        "-Djava.library.path=" + System.getProperty("java.library.path"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        mainClass));
        command.addAll(arguments);
        return command;
    }
}
