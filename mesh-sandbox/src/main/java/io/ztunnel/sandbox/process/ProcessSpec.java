package io.ztunnel.sandbox.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A program to keep running in a network namespace.
 *
 * @param name what log lines call it
 * @param namespace the name of the network namespace
 * @param command the program and its arguments
 * @param environment the whole environment; nothing is inherited
 * @param log the file its output is appended to
 */
public record ProcessSpec(
        String name,
        String namespace,
        List<String> command,
        Map<String, String> environment,
        Path log) {
    public ProcessSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("process " + name + " has no command");
        }
    }

    /** Without the environment, which may hold what is not for logs. */
    @Override
    public String toString() {
        return name + " in " + namespace + ": " + String.join(" ", command);
    }
}
