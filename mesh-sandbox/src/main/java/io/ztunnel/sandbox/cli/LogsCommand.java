package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.supervisor.StateDirectory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Prints what a ztunnel or a pod's program has printed. */
@Command(
        name = "logs",
        description = "Print the log of a node's ztunnel, of a pod, of 'supervisor' or of 'dns'.",
        mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Parameters(index = "0", paramLabel = "NAME", description = "NODE, POD or POD.NAMESPACE.")
    private String name = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what comes, until interrupted.")
    private boolean follow;

    @Override
    public Integer call() throws Exception {
        Path file = file();
        long position = copy(file, 0);
        while (follow && Files.exists(file) && !Thread.interrupted()) {
            LockSupport.parkNanos(POLL_NANOS);
            // A log that became too large has been emptied.
            long size = Files.exists(file) ? Files.size(file) : 0;
            position = copy(file, size < position ? 0 : position);
        }
        return 0;
    }

    private Path file() throws IOException {
        Mesh mesh = new Mesh(choice.running().status());
        StateDirectory state = choice.state();
        if (name.equals("supervisor")) {
            return state.supervisorLog();
        }
        boolean whole =
                name.equals("dns")
                        || mesh.nodes().stream().anyMatch(node -> node.text("name").equals(name));
        return state.log(whole ? name : mesh.pod(name).podName());
    }

    /** Returns the position after what was printed. */
    private static long copy(Path file, long position) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            channel.position(position);
            long copied = Channels.newInputStream(channel).transferTo(System.out);
            System.out.flush();
            return position + copied;
        }
    }
}
