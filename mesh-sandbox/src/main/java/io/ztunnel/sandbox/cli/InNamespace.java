package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.process.Spawner;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs a user's command in a namespace, on this terminal. */
final class InNamespace {
    private InNamespace() {}

    /**
     * Returns the command's exit status, 128 and the signal's number when one ended it, 127 when
     * there is no such program. It does not outlive this process.
     */
    static int run(String namespace, List<String> command)
            throws IOException, InterruptedException {
        List<String> own = new ArrayList<>(command);
        if (!own.isEmpty() && own.getFirst().equals("--")) {
            own.removeFirst();
        }
        if (own.isEmpty()) {
            throw new IOException("no command is given; write it after --");
        }
        // "$0" "$@" so that a program that does not exist has the shell's status for that.
        own.addAll(0, List.of("sh", "-c", "exec \"$0\" \"$@\""));
        return new ProcessBuilder(Spawner.commandLine(namespace, own))
                .inheritIO()
                .start()
                .waitFor();
    }
}
