package io.ztunnel.sandbox.net;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the system's network tools, each with a limit in time and on what it may say. */
final class Tools {
    /** Far above what any batch here takes; a tool that hangs must not hang the sandbox. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final int MAX_OUTPUT = 4 << 20;
    private static final int MAX_REASON = 600;

    private Tools() {}

    /** Runs {@code ip -batch} from the machine's namespace: for making and removing namespaces. */
    static void ip(List<String> batch) throws NetworkException {
        if (!batch.isEmpty()) {
            run(String.join("\n", batch) + "\n", List.of("ip", "-batch", "-"));
        }
    }

    /** Runs {@code ip -batch} inside a namespace. */
    static void ipIn(String namespace, List<String> batch) throws NetworkException {
        if (!batch.isEmpty()) {
            run(String.join("\n", batch) + "\n", List.of("ip", "-netns", namespace, "-batch", "-"));
        }
    }

    /** Loads a rule set inside a namespace; all of it or, on any error, none. */
    static void nftIn(String namespace, String rules) throws NetworkException {
        run(rules, List.of("ip", "netns", "exec", namespace, "nft", "-f", "-"));
    }

    /** Writes settings such as {@code net/ipv4/ip_forward=1} inside a namespace. */
    static void sysctlIn(String namespace, List<String> settings) throws NetworkException {
        StringBuilder script = new StringBuilder("set -e\n");
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            script.append("echo ")
                    .append(setting, equals + 1, setting.length())
                    .append(" > /proc/sys/")
                    .append(setting, 0, equals)
                    .append('\n');
        }
        run(script.toString(), List.of("ip", "netns", "exec", namespace, "sh"));
    }

    /** What a command prints on stdout and stderr; a non-zero exit is an exception. */
    static String run(String input, List<String> command) throws NetworkException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException notStarted) {
            throw new NetworkException(
                    "cannot run '" + command.getFirst() + "': " + notStarted.getMessage(),
                    notStarted);
        }
        try {
            Thread watchdog = watchdog(process);
            String output = talk(process, input);
            int exit = process.waitFor();
            watchdog.interrupt();
            if (exit != 0) {
                throw new NetworkException(reason(command, exit, output, input));
            }
            return output;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NetworkException("interrupted while running " + command, interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Thread watchdog(Process process) {
        return Thread.ofVirtual()
                .name("tool-watchdog")
                .start(
                        () -> {
                            try {
                                if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                                    process.destroyForcibly();
                                }
                            } catch (InterruptedException finished) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    private static String talk(Process process, String input) throws NetworkException {
        try {
            // The tools read all of stdin before they print more than a pipe holds.
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException closedEarly) {
                // The tool ended without reading it all; its exit status and words say why.
            }
            try (InputStream stdout = process.getInputStream()) {
                return new String(stdout.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
            }
        } catch (IOException broken) {
            throw new NetworkException("lost the output of a tool: " + broken, broken);
        }
    }

    /** One line: the command, what it said, and the line of the batch it complained about. */
    private static String reason(List<String> command, int exit, String output, String input) {
        StringBuilder text = new StringBuilder();
        text.append("'").append(String.join(" ", command)).append("' failed with ").append(exit);
        String said = output.strip().replaceAll("\\s*\\R\\s*", "; ");
        if (!said.isEmpty()) {
            text.append(": ").append(said, 0, Math.min(said.length(), MAX_REASON));
        }
        int at = said.lastIndexOf("Command failed -:");
        if (at >= 0) {
            String number = said.substring(at + "Command failed -:".length()).split("\\D", 2)[0];
            List<String> lines = Arrays.asList(input.split("\n", -1));
            if (!number.isEmpty() && Integer.parseInt(number) <= lines.size()) {
                text.append(" (").append(lines.get(Integer.parseInt(number) - 1)).append(")");
            }
        }
        return text.toString();
    }

    /** Those of the given programs that are not on the PATH. */
    static List<String> missing(List<String> programs) {
        String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        List<String> missing = new ArrayList<>();
        for (String program : programs) {
            boolean found =
                    Arrays.stream(path.split(":", -1))
                            .filter(folder -> !folder.isEmpty())
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
            if (!found) {
                missing.add(program);
            }
        }
        return missing;
    }
}
