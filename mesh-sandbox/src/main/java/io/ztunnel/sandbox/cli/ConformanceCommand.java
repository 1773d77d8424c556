package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.conformance.ConformanceReport;
import io.ztunnel.sandbox.conformance.Result;
import io.ztunnel.sandbox.conformance.Suite;
import io.ztunnel.sandbox.conformance.mesh.Executables;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.supervisor.Preconditions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Holds a ztunnel to the rules. */
@Command(
        name = "conformance",
        description = {
            "Run the conformance suite against this build, or against any ztunnel.",
            "Exit status 1 when a scenario fails that is not a documented difference."
        },
        mixinStandardHelpOptions = true)
final class ConformanceCommand implements Callable<Integer> {
    @Option(
            names = "--ztunnel",
            paramLabel = "PATH",
            description = "The program under test (default: the one of this build).")
    private @Nullable Path ztunnel;

    @Option(
            names = "--ztunnel-node",
            paramLabel = "NAME=PATH",
            description = "Another program on one node; may be repeated.")
    private Map<String, Path> byNode = new HashMap<>();

    @Option(
            names = "--ztunnel-next",
            paramLabel = "PATH",
            description = "What takes over when a scenario replaces a ztunnel (default: the same).")
    private @Nullable Path next;

    @Option(
            names = "--only",
            paramLabel = "PATTERN",
            description = "Only scenarios of whose FILE: NAME the regular expression finds a part.")
    private String only = "";

    @Option(
            names = "--family",
            paramLabel = "FAMILY",
            description = "ipv4, ipv6 or dual (default: one after the other).")
    private @Nullable String family;

    @Option(names = "--fast", description = "Only the subset that every build runs.")
    private boolean fast;

    @Option(names = "--list", description = "List the scenarios and run none.")
    private boolean list;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write results and the matrix of rules and tests, as Markdown.")
    private @Nullable Path report;

    @Override
    public Integer call() throws IOException {
        // Loggers ask when they are made. What the control plane does is of no interest here.
        System.setProperty("org.slf4j.simpleLogger.log.io.ztunnel", "warn");
        Suite suite = Suite.load();
        Predicate<Scenario> wanted = wanted();
        if (list) {
            suite.scenarios().stream().filter(wanted).map(this::title).forEach(System.out::println);
            return 0;
        }
        Preconditions.checkPrivileges();
        List<Suite.Group> groups = suite.groups(families(), wanted);
        if (groups.isEmpty()) {
            throw new IOException("no scenario is like '" + only + "'; see --list");
        }
        List<Result> results = suite.run(groups, programs(), this::tell);
        ConformanceReport done = new ConformanceReport(results);
        System.out.println();
        System.out.print(done.text());
        boolean failed = done.hasFailures();
        if (report != null) {
            List<String> problems = done.write(report, suite.scenarios());
            problems.forEach(System.out::println);
            failed |= !problems.isEmpty();
        }
        return failed ? 1 : 0;
    }

    private String title(Scenario scenario) {
        return scenario.file() + ": " + scenario.name();
    }

    private void tell(Result result) {
        System.out.println(
                result.verdict().text()
                        + " ("
                        + result.family().text()
                        + ") "
                        + title(result.scenario())
                        + (result.reason().isEmpty() ? "" : ": " + result.reason()));
    }

    private Predicate<Scenario> wanted() {
        try {
            Pattern pattern = Pattern.compile(only);
            return scenario ->
                    pattern.matcher(title(scenario)).find() && (!fast || scenario.fast());
        } catch (PatternSyntaxException wrong) {
            throw new IllegalArgumentException(
                    "--only '" + only + "' is no regular expression: " + wrong.getDescription(),
                    wrong);
        }
    }

    private List<Family> families() {
        String wanted = family;
        if (wanted == null) {
            return List.of(Family.values());
        }
        return Arrays.stream(Family.values())
                .filter(one -> one.text().equals(wanted))
                .findFirst()
                .map(List::of)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "--family '" + wanted + "' is not ipv4, ipv6 or dual"));
    }

    private Executables programs() {
        Path all = ztunnel == null ? UpOptions.ztunnel() : ztunnel.toAbsolutePath().normalize();
        Map<String, Path> others = new HashMap<>();
        byNode.forEach((node, path) -> others.put(node, path.toAbsolutePath().normalize()));
        return new Executables(
                all,
                others,
                Optional.ofNullable(next).map(path -> path.toAbsolutePath().normalize()));
    }
}
