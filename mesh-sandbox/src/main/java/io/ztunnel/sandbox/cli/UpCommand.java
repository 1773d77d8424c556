package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.supervisor.JavaCommand;
import io.ztunnel.sandbox.supervisor.Preconditions;
import io.ztunnel.sandbox.supervisor.SandboxOptions;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.Teardown;
import io.ztunnel.sandbox.supervisor.WaypointProxy;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Brings a sandbox up and returns when all is ready. */
@Command(
        name = "up",
        description = "Bring the sandbox up from a folder of Kubernetes manifests.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long END_SECONDS = 10;
    private static final int LAST_LINES = 5;

    @Mixin private SandboxChoice choice = new SandboxChoice();
    @Mixin private UpOptions up = new UpOptions();

    @Option(names = "--foreground", description = "Stay until Ctrl-C, which takes it down.")
    private boolean foreground;

    /** Read by the shutdown hook. */
    private volatile @Nullable Process supervisor;

    /** Set by the shutdown hook, which then removes everything: nobody else need. */
    private volatile boolean interrupted;

    @Override
    public Integer call() throws Exception {
        SandboxOptions options = up.read(choice.names());
        Preconditions.check(options);
        if (choice.client().isAnswered()) {
            throw new IOException(
                    "sandbox '"
                            + options.id()
                            + "' is already up; see ztunnel-sandbox status, or take it down with:"
                            + " ztunnel-sandbox down");
        }
        if (Teardown.isNeeded(choice.names())) {
            System.out.println("removing what an earlier sandbox '" + options.id() + "' left");
            Leftovers.remove(choice.names());
        }
        return foreground ? SuperviseCommand.supervise(options, true) : detach(options);
    }

    private int detach(SandboxOptions options) throws IOException, InterruptedException {
        StateDirectory state = choice.state();
        state.create();
        // Until it is ready, whoever interrupts this wants none of it.
        Thread hook = new Thread(this::takeDown);
        Runtime.getRuntime().addShutdownHook(hook);
        ControlClient client = choice.client();
        try {
            Process started = start(options, state);
            supervisor = started;
            awaitSupervisor(started, client, state);
            client.awaitReady(System.out::println);
        } catch (IOException failed) {
            throw interrupted
                    ? new IOException("interrupted; it is taken down", failed)
                    : new IOException(failed.getMessage() + hint(client), failed);
        } finally {
            forget(hook);
        }
        System.out.println("sandbox '" + options.id() + "' is up");
        return 0;
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException goingDown) {
            // Then it runs, and this process ends after it.
        }
    }

    /** What could be brought up stays, to be looked at. */
    private static String hint(ControlClient client) {
        return client.isAnswered()
                ? "; the rest is up, take it down with: ztunnel-sandbox down"
                : "";
    }

    private Process start(SandboxOptions options, StateDirectory state) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("supervise", "--id", options.id()));
        arguments.addAll(List.of("--nodes", Integer.toString(options.nodes())));
        arguments.addAll(List.of("--families", families(options.families())));
        if (options.waypoint() instanceof WaypointProxy.Envoy) {
            arguments.addAll(List.of("--waypoint", "envoy"));
        }
        arguments.add(options.manifests().toString());
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(JavaCommand.of(SandboxMain.class.getName(), 256, arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("ZTUNNEL_BIN", options.ztunnel().toString());
        if (options.waypoint() instanceof WaypointProxy.Envoy(Path program)) {
            builder.environment().put("ENVOY", program.toString());
        }
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(state.supervisorLog().toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        return builder.start();
    }

    private static String families(List<IpFamily> families) {
        return String.join(",", families.stream().map(IpFamily::text).toList());
    }

    private void awaitSupervisor(Process started, ControlClient client, StateDirectory state)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_NANOS;
        while (!client.isAnswered()) {
            if (started.waitFor(20, TimeUnit.MILLISECONDS)) {
                if (interrupted) {
                    throw new IOException("interrupted");
                }
                String reason = lastLines(state);
                Leftovers.remove(choice.names());
                throw new IOException("the supervisor ended: " + reason);
            }
            if (System.nanoTime() - deadline > 0) {
                started.destroy();
                throw new IOException(
                        "the supervisor does not answer; its log is " + state.supervisorLog());
            }
        }
    }

    private static String lastLines(StateDirectory state) throws IOException {
        if (!Files.exists(state.supervisorLog())) {
            return "it left no log";
        }
        List<String> lines = Files.readAllLines(state.supervisorLog());
        return String.join(
                " | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    private void takeDown() {
        interrupted = true;
        try {
            ControlClient client = choice.client();
            Process started = supervisor;
            if (client.isAnswered()) {
                client.down();
            } else if (started != null) {
                // Too young to be asked; were it to live, it would make anew what is removed here.
                started.destroyForcibly().onExit().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
            }
            Leftovers.remove(choice.names());
        } catch (IOException | CompletionException failed) {
            System.err.println("ztunnel-sandbox: " + failed.getMessage());
        }
    }
}
