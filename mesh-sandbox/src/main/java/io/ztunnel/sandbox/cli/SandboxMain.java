package io.ztunnel.sandbox.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;

/** The entry point. Exit status 0: done; 1: not done, and one line said why; 2: wrong usage. */
@Command(
        name = "ztunnel-sandbox",
        description = "A mesh on this machine, in network namespaces without an uplink.",
        subcommands = {
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            ExecCommand.class,
            ExecNodeCommand.class,
            LogsCommand.class,
            NamespaceCommand.class,
            LinkCommand.class,
            ControlPlaneCommand.class,
            RestartCommand.class,
            ApplyCommand.class,
            GetCommand.class,
            LabelCommand.class,
            AnnotateCommand.class,
            DeleteCommand.class,
            SynthesizeCommand.class,
            SuperviseCommand.class
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class SandboxMain {
    /** Those whose arguments, after the first, belong to another program. */
    private static final List<String> RUN_OTHERS = List.of("exec", "exec-node");

    private SandboxMain() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        CommandLine line = new CommandLine(new SandboxMain());
        line.getSubcommands()
                .forEach((name, command) -> command.setStopAtPositional(RUN_OTHERS.contains(name)));
        line.setExecutionExceptionHandler(SandboxMain::failed);
        if (arguments.length == 0) {
            line.usage(System.err);
            return CommandLine.ExitCode.USAGE;
        }
        return line.execute(arguments);
    }

    /** One clear line; only what nobody foresaw comes with its stack. */
    private static int failed(
            Exception failure, CommandLine line, CommandLine.ParseResult arguments) {
        boolean expected =
                failure instanceof IOException || failure instanceof IllegalArgumentException;
        line.getErr().println("ztunnel-sandbox: " + (expected ? failure.getMessage() : failure));
        if (!expected) {
            failure.printStackTrace(line.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
