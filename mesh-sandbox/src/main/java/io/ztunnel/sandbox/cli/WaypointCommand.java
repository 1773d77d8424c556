package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.text.Columns;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes, lists and removes waypoints, spelled as {@code istioctl waypoint}. */
@Command(
        name = "waypoint",
        description = "Make, list and remove waypoints, as istioctl does.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class WaypointCommand {
    private static final String USE = "istio.io/use-waypoint";

    /** Which waypoint. */
    static final class Choice {
        @Mixin private KubeTarget target = new KubeTarget();

        @Option(
                names = "--name",
                defaultValue = "waypoint",
                description = "Name of the waypoint (default: ${DEFAULT-VALUE}).")
        private String name = "waypoint";

        @Option(
                names = "--for",
                paramLabel = "TRAFFIC",
                defaultValue = "",
                description = "service, workload, all or none; without it the class decides.")
        private String traffic = "";

        WaypointGateway gateway() {
            return new WaypointGateway(target.namespace(), name, traffic);
        }
    }

    @Command(description = "Print the Gateway of a waypoint.", mixinStandardHelpOptions = true)
    int generate(@Mixin Choice choice) {
        System.out.print(Manifests.toYaml(choice.gateway().tree().fields()));
        return 0;
    }

    @Command(description = "Make a waypoint.", mixinStandardHelpOptions = true)
    int apply(
            @Mixin Choice choice,
            @Option(
                            names = "--enroll-namespace",
                            description = "Send the traffic of all of its namespace through it.")
                    boolean enroll,
            @Option(
                            names = "--overwrite",
                            description = "Also when the namespace uses another one.")
                    boolean overwrite)
            throws IOException {
        apply(choice.target.open(), choice.gateway(), enroll, overwrite)
                .forEach(System.out::println);
        return 0;
    }

    /** Returns a line for each change. */
    static List<String> apply(
            LiveObjects live, WaypointGateway gateway, boolean enroll, boolean overwrite)
            throws IOException {
        ObjectChecks.check(gateway.tree());
        List<String> lines = new ArrayList<>();
        ObjectName namespace = new ObjectName("", "Namespace", "", gateway.namespace());
        if (enroll) {
            // First, because it may be refused.
            MetadataChange change =
                    MetadataChange.of("labels", List.of(USE + "=" + gateway.name()), overwrite);
            MetadataVerb.change(live, change, List.of(namespace));
            lines.add(
                    "namespace %s labeled with \"%s: %s\""
                            .formatted(gateway.namespace(), USE, gateway.name()));
        }
        new AppliedDocuments(Map.of(gateway.object(), gateway.tree())).apply(live);
        lines.addFirst("waypoint %s/%s applied".formatted(gateway.namespace(), gateway.name()));
        return lines;
    }

    @Command(description = "List waypoints.", mixinStandardHelpOptions = true)
    int list(
            @Mixin KubeTarget target,
            @Option(
                            names = {"-A", "--all-namespaces"},
                            description = "Of all namespaces.")
                    boolean everywhere)
            throws IOException {
        List<List<String>> rows = new ArrayList<>();
        for (KubeObject gateway : target.open().current()) {
            if (gateway.kind() == Kind.GATEWAY
                    && gateway.spec().text("gatewayClassName").equals(WaypointGateway.CLASS)
                    && (everywhere || gateway.namespace().equals(target.namespace()))) {
                boolean programmed = !gateway.status().trees("addresses").isEmpty();
                List<String> row = new ArrayList<>();
                if (everywhere) {
                    row.add(gateway.namespace());
                }
                row.addAll(List.of(gateway.name(), "default", programmed ? "True" : "False"));
                rows.add(row);
            }
        }
        if (rows.isEmpty()) {
            System.out.println("No waypoints found.");
            return 0;
        }
        List<String> titles = new ArrayList<>(everywhere ? List.of("NAMESPACE") : List.of());
        titles.addAll(List.of("NAME", "REVISION", "PROGRAMMED"));
        rows.addFirst(titles);
        System.out.print(Columns.format(rows));
        return 0;
    }

    @Command(description = "Remove waypoints.", mixinStandardHelpOptions = true)
    int delete(
            @Mixin KubeTarget target,
            @Parameters(arity = "1..*", paramLabel = "NAME") List<String> names)
            throws IOException {
        LiveObjects live = target.open();
        for (String name : names) {
            ObjectName gateway = new WaypointGateway(target.namespace(), name, "").object();
            DeleteCommand.delete(live, List.of(gateway), false);
            System.out.println("waypoint " + target.namespace() + "/" + name + " deleted");
        }
        return 0;
    }
}
