package io.ztunnel.sandbox.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.text.Columns;

import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Says what runs, and what is wrong. */
@Command(
        name = "status",
        description = "Show nodes, pods and problems.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    enum Format {
        table,
        json,
        yaml
    }

    @Mixin private SandboxChoice choice = new SandboxChoice();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "One of ${COMPLETION-CANDIDATES} (default: table).")
    private Format format = Format.table;

    @Override
    public Integer call() throws Exception {
        Mesh mesh = new Mesh(withReport(choice.running().status()));
        switch (format) {
            case json ->
                    System.out.println(
                            JSON.std
                                    .with(JSON.Feature.PRETTY_PRINT_OUTPUT)
                                    .asString(mesh.status()));
            case yaml -> {
                DumpSettings settings =
                        DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
                System.out.print(new Dump(settings).dumpToString(mesh.status()));
            }
            case table -> print(mesh);
        }
        return 0;
    }

    /** Together with what the control plane has to say of the objects. */
    private Map<String, Object> withReport(Map<String, Object> status) throws IOException {
        Map<String, Object> report = LiveObjects.report(choice.state().folder());
        Map<String, Object> all = new LinkedHashMap<>(status);
        all.put("objects", report.getOrDefault("objects", List.of()));
        List<Object> problems = new ArrayList<>();
        for (Object lines :
                List.of(
                        status.getOrDefault("problems", List.of()),
                        report.getOrDefault("problems", List.of()))) {
            if (lines instanceof List<?> list) {
                problems.addAll(list);
            }
        }
        all.put("problems", problems);
        return all;
    }

    private static void print(Mesh mesh) {
        System.out.println(
                "sandbox '"
                        + mesh.text("id")
                        + "' is up (process "
                        + mesh.text("pid")
                        + "), from "
                        + mesh.text("manifests"));
        System.out.println();
        List<List<String>> nodes = new ArrayList<>();
        nodes.add(List.of("NODE", "ADDRESS", "ZTUNNEL", "RESTARTS"));
        for (Mesh.Entry node : mesh.nodes()) {
            nodes.add(
                    List.of(
                            node.text("name"),
                            node.addresses(),
                            node.flag("ready") ? "ready" : "not ready",
                            node.text("restarts")));
        }
        System.out.println(Columns.format(nodes));
        List<List<String>> pods = new ArrayList<>();
        pods.add(
                List.of(
                        "NAMESPACE",
                        "POD",
                        "NODE",
                        "ADDRESS",
                        "PROGRAM",
                        "READY",
                        "CAPTURED",
                        "RESTARTS"));
        for (Mesh.Entry pod : mesh.pods()) {
            pods.add(
                    List.of(
                            pod.text("namespace"),
                            pod.text("name"),
                            pod.text("node"),
                            pod.addresses(),
                            pod.text("program"),
                            pod.flag("ready") ? "yes" : "no",
                            captured(pod),
                            pod.text("restarts")));
        }
        System.out.print(Columns.format(pods));
        mesh.unmet().forEach(line -> System.out.println("\n" + line));
        mesh.problems().forEach(line -> System.out.println("\n" + line));
    }

    private static String captured(Mesh.Entry pod) {
        boolean captured = pod.flag("captured");
        String text = captured ? "yes" : "no";
        return captured == pod.flag("captureWanted") ? text : text + ", changing";
    }
}
