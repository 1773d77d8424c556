package io.ztunnel.daemon.cli;

import io.ztunnel.daemon.Version;
import io.ztunnel.daemon.config.Config;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/** Every command but {@code proxy}. */
@Command(
        name = "ztunnel",
        description = "The node proxy of an Istio ambient mesh.",
        synopsisSubcommandLabel = "[proxy | version | help | config]",
        subcommands = {Commands.ShowVersion.class, Commands.Help.class, ConfigCommand.class})
public final class Commands {
    private static final int FAILURE = 1;

    private Commands() {}

    /**
     * @return the exit status: 0, or 1 with a message on standard error
     */
    public static int run(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        int status = line(out).execute(args);
        // Someone who reads no further, or a disk that is full.
        return out.checkError() && status == 0 ? FAILURE : status;
    }

    /**
     * @param out for what is asked for; complaints go to standard error
     */
    static CommandLine line(PrintWriter out) {
        CommandLine line = new CommandLine(new Commands());
        line.setOut(out);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler(
                (error, command, result) -> {
                    String message = error.getMessage();
                    command.getErr().println("ztunnel: " + (message == null ? error : message));
                    return FAILURE;
                });
        line.setParameterExceptionHandler(
                (error, arguments) -> {
                    PrintWriter err = error.getCommandLine().getErr();
                    err.println("ztunnel: " + error.getMessage());
                    error.getCommandLine().usage(err);
                    return FAILURE;
                });
        return line;
    }

    @Command(name = "version", description = "What this is.")
    static final class ShowVersion implements Callable<Integer> {
        @Override
        public Integer call() {
            Version.describe(System.getenv()).forEach((k, v) -> System.out.println(k + ": " + v));
            return 0;
        }
    }

    @Command(name = "help", description = "The commands, and the variables that proxy reads.")
    static final class Help implements Callable<Integer> {
        @CommandLine.ParentCommand @Nullable Commands parent;

        @Override
        public Integer call() {
            new CommandLine(new Commands()).usage(System.out);
            System.out.println("\nEnvironment of ztunnel proxy:");
            List<String> variables = Config.describe();
            variables.forEach(line -> System.out.println("  " + line));
            return 0;
        }
    }
}
