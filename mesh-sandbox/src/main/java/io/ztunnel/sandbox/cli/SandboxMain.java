package io.ztunnel.sandbox.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** The entry point. Exit status 0: done; 1: not done, and one line said why; 2: wrong usage. */
@Command(
        name = "ztunnel-sandbox",
        description = "A mesh on this machine, in network namespaces without an uplink.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class SandboxMain {
    /** In the order in which help lists them. */
    private static final List<Supplier<Object>> COMMANDS =
            List.of(
                    UpCommand::new,
                    DownCommand::new,
                    StatusCommand::new,
                    ExecCommand::new,
                    ExecNodeCommand::new,
                    LogsCommand::new,
                    NamespaceCommand::new,
                    LinkCommand::new,
                    ControlPlaneCommand::new,
                    RestartCommand::new,
                    ApplyCommand::new,
                    GetCommand::new,
                    LabelCommand::new,
                    AnnotateCommand::new,
                    DeleteCommand::new,
                    WaypointCommand::new,
                    SynthesizeCommand::new,
                    ConformanceCommand::new,
                    SuperviseCommand::new);

    /** Those whose arguments, after the first, belong to another program. */
    private static final List<String> RUN_OTHERS = List.of("exec", "exec-node");

    private SandboxMain() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        CommandLine line = new CommandLine(new SandboxMain());
        commands(arguments).forEach(line::addSubcommand);
        line.getSubcommands()
                .forEach((name, command) -> command.setStopAtPositional(RUN_OTHERS.contains(name)));
        line.setExecutionExceptionHandler(SandboxMain::failed);
        if (arguments.length == 0) {
            line.usage(System.err);
            return CommandLine.ExitCode.USAGE;
        }
        return line.execute(arguments);
    }

    /** The one that is asked for, since reading the options of all takes most of a start. */
    private static List<Object> commands(String... arguments) {
        List<Object> all = COMMANDS.stream().map(Supplier::get).toList();
        List<Object> asked =
                all.stream()
                        .filter(command -> arguments.length > 0)
                        .filter(command -> name(command).equals(arguments[0]))
                        .toList();
        return asked.isEmpty() ? all : asked;
    }

    private static String name(Object command) {
        Command annotation = command.getClass().getAnnotation(Command.class);
        return annotation == null ? "" : annotation.name();
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
