package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.Executables;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.FieldReader;
import io.ztunnel.sandbox.conformance.scenario.Item;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.conformance.scenario.ScenarioFile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** All scenarios there are, as this program brings them along. */
public final class Suite {
    private static final String FOLDER = "/conformance/";

    private final List<ScenarioFile> files;
    private final Differences differences;

    private Suite(List<ScenarioFile> files, Differences differences) {
        this.files = files;
        this.differences = differences;
    }

    /**
     * @throws io.ztunnel.sandbox.conformance.scenario.BadScenarioException when one cannot be read
     */
    public static Suite load() throws IOException {
        MeshSpec mesh = ScenarioFile.mesh("mesh.yaml", resource("mesh.yaml").orElse(""));
        FieldReader index = Item.parse("suite.yaml", resource("suite.yaml").orElse("")).reader();
        List<ScenarioFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Item item : index.required("files").list()) {
            String name = item.text();
            String text = resource(name).orElseThrow(() -> item.error("there is no such file"));
            ScenarioFile file = ScenarioFile.read(name, text, mesh);
            for (Scenario scenario : file.scenarios()) {
                if (!names.add(scenario.name())) {
                    throw item.error("another file has '" + scenario.name() + "', too");
                }
            }
            files.add(file);
        }
        index.end();
        files.add(CloseOrders.file(mesh));
        return new Suite(
                files,
                Differences.read(
                        "differences.yaml", resource("differences.yaml").orElse(""), names));
    }

    /** A file that belongs to the suite. */
    static Optional<String> resource(String name) throws IOException {
        try (InputStream in = Suite.class.getResourceAsStream(FOLDER + name)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    public List<Scenario> scenarios() {
        return files.stream().flatMap(file -> file.scenarios().stream()).toList();
    }

    public Differences differences() {
        return differences;
    }

    /** Scenarios that share a mesh. */
    public record Group(Family family, MeshSpec mesh, List<Scenario> scenarios) {}

    /** What to run: the files that share the usual mesh together, the others one by one. */
    public List<Group> groups(List<Family> families, Predicate<Scenario> wanted) {
        List<Group> groups = new ArrayList<>();
        for (Family family : families) {
            Map<Object, Group> byMesh = new LinkedHashMap<>();
            for (ScenarioFile file : files) {
                List<Scenario> chosen =
                        file.scenarios().stream()
                                .filter(scenario -> scenario.families().contains(family))
                                .filter(wanted)
                                .toList();
                if (!chosen.isEmpty()) {
                    byMesh.computeIfAbsent(
                                    file.shared() ? "shared" : file,
                                    key -> new Group(family, file.mesh(), new ArrayList<>()))
                            .scenarios()
                            .addAll(chosen);
                }
            }
            groups.addAll(byMesh.values());
        }
        return groups;
    }

    /**
     * Runs groups one after the other.
     *
     * @param told of each result as soon as it is there
     * @throws IOException when a mesh cannot be brought up
     */
    public List<Result> run(List<Group> groups, Executables programs, Consumer<Result> told)
            throws IOException {
        List<Result> results = new ArrayList<>();
        for (Group group : groups) {
            List<String> implementations = programs.implementations(group.mesh().nodes());
            try (ConformanceMesh mesh =
                    ConformanceMesh.up(group.mesh(), group.family(), programs, SandboxIds.next())) {
                for (Scenario scenario : group.scenarios()) {
                    Result result = run(scenario, mesh, implementations);
                    results.add(result);
                    told.accept(result);
                }
            }
        }
        return results;
    }

    /** Runs a scenario in a mesh that is up. */
    public Result run(Scenario scenario, ConformanceMesh mesh, List<String> implementations)
            throws IOException {
        ScenarioRun.Outcome outcome = ScenarioRun.run(scenario, mesh);
        Optional<String> failure = outcome.failure();
        if (failure.isEmpty()) {
            return new Result(
                    scenario,
                    mesh.family(),
                    Result.Verdict.PASSED,
                    String.join("; ", outcome.notes()));
        }
        return differences
                .reason(scenario.name(), implementations)
                .map(
                        reason ->
                                new Result(
                                        scenario, mesh.family(), Result.Verdict.DIFFERENCE, reason))
                .orElseGet(
                        () ->
                                new Result(
                                        scenario,
                                        mesh.family(),
                                        Result.Verdict.FAILED,
                                        failure.get()));
    }
}
