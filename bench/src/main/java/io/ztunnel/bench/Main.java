package io.ztunnel.bench;

import io.ztunnel.bench.load.Loops;
import io.ztunnel.bench.mesh.BenchMesh;
import io.ztunnel.bench.mesh.Candidate;
import io.ztunnel.bench.mesh.ProcessStat;
import io.ztunnel.bench.report.Chart;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Json;
import io.ztunnel.bench.report.Results;
import io.ztunnel.bench.report.Table;
import io.ztunnel.bench.workload.Stage;
import io.ztunnel.bench.workload.Timing;
import io.ztunnel.bench.workload.Workload;
import io.ztunnel.bench.workload.Workloads;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Entry point: {@code bench/compare}. */
@Command(
        name = "compare",
        description = "Measure ztunnels side by side; the ratio is of the first to the second.",
        mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
    @Parameters(paramLabel = "NAME=PATH", arity = "1..2", description = "Programs to measure.")
    private List<String> programs = List.of();

    @Option(names = "--quick", description = "Fewer workloads, shorter and less sure.")
    private boolean quick;

    @Option(names = "--only", split = ",", paramLabel = "ID", description = "These workloads only.")
    private @Nullable List<String> only;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds of each workload.")
    private @Nullable Integer rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "Before the first round of each workload.")
    private @Nullable Integer warmUp;

    @Option(names = "--idle-seconds", paramLabel = "N", description = "Of the idle check; 0: none.")
    private @Nullable Integer idleSeconds;

    @Option(names = "--out", paramLabel = "DIR", description = "For results.json and ratios.svg.")
    private Path out = Path.of("bench", "target", "results");

    @Option(
            names = "--add",
            description = "Keep what results.json has of figures that this run does not measure.")
    private boolean add;

    private @Nullable Results earlier;

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler(
                (failure, command, _) -> {
                    boolean expected =
                            failure instanceof IOException
                                    || failure instanceof IllegalArgumentException;
                    command.getErr()
                            .println("bench: " + (expected ? failure.getMessage() : failure));
                    if (!expected) {
                        failure.printStackTrace(command.getErr());
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<Candidate> candidates = programs.stream().map(Candidate::parse).toList();
        Timing timing = timing();
        List<Workload> workloads = workloads();
        Results results = new Results(candidates.stream().map(Candidate::name).toList());
        Path kept = out.resolve("results.json");
        if (add && Files.exists(kept)) {
            earlier = Json.read(Files.readString(kept));
            write(results);
        }
        Path dist = Path.of(System.getProperty("bench.dist", "dist")).toAbsolutePath();
        Path manifests = Path.of(System.getProperty("bench.manifests", "bench/mesh"));
        List<Stage> stages = new ArrayList<>();
        try (Loops loops = new Loops()) {
            try {
                for (Candidate candidate : candidates) {
                    String id = "bench" + (stages.size() + 1);
                    say("bringing up the mesh of " + candidate.name() + " as sandbox " + id);
                    BenchMesh mesh =
                            BenchMesh.up(dist, manifests.toAbsolutePath(), candidate, id, Map.of());
                    stages.add(new Stage(mesh, loops));
                }
                for (Workload workload : workloads) {
                    run(workload, stages, timing, results);
                    write(results);
                }
                if (!timing.idle().isZero()) {
                    idle(stages, timing.idle(), results);
                }
            } finally {
                for (Stage stage : stages) {
                    stage.close();
                }
            }
        }
        Results all = write(results);
        System.out.println();
        System.out.print(Table.of(all));
        return 0;
    }

    private Timing timing() {
        Timing base = quick ? Timing.QUICK : Timing.FULL;
        return new Timing(
                rounds == null ? base.rounds() : Math.max(1, rounds),
                warmUp == null ? base.warmUp() : Duration.ofSeconds(Math.max(1, warmUp)),
                base.window(),
                idleSeconds != null
                        ? Duration.ofSeconds(idleSeconds)
                        : only == null ? base.idle() : Duration.ZERO);
    }

    private List<Workload> workloads() {
        List<String> wanted = only != null ? only : quick ? Workloads.quick() : null;
        if (wanted == null) {
            return Workloads.all();
        }
        Set<String> unknown = new HashSet<>(wanted);
        Workloads.all().forEach(workload -> unknown.remove(workload.id()));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("there is no workload " + unknown);
        }
        return Workloads.all().stream().filter(w -> wanted.contains(w.id())).toList();
    }

    /** A B, B A, A B, ...: whatever the machine does meanwhile, it does to both. */
    private static void run(Workload workload, List<Stage> stages, Timing timing, Results results)
            throws IOException {
        say(workload.id() + ": " + workload.title());
        for (Stage stage : stages) {
            workload.warmUp(stage, timing.warmUp());
        }
        for (int round = 0; round < workload.rounds(timing); round++) {
            List<Stage> order = round % 2 == 0 ? stages : stages.reversed();
            for (Stage stage : order) {
                workload.measure(stage, timing, results);
            }
        }
        for (Stage stage : stages) {
            workload.coolDown(stage);
        }
        for (Figure figure : results.figures()) {
            if (figure.workload().equals(workload.id())) {
                StringBuilder line = new StringBuilder("  " + figure.name());
                for (String candidate : results.candidates()) {
                    line.append("  ").append(candidate).append(' ');
                    results.series(figure, candidate)
                            .ifPresent(s -> line.append("%.2f".formatted(s.median())));
                }
                say(line + "  " + figure.unit());
            }
        }
    }

    /** All candidates are left alone at the same time. */
    private static void idle(List<Stage> stages, Duration duration, Results results)
            throws IOException {
        say("leaving them alone for " + duration.toSeconds() + " s");
        for (Stage stage : stages) {
            stage.restartAll();
        }
        LockSupport.parkNanos(duration.toNanos());
        Figure figure = Figure.told("BOOT", "RSS after " + duration.toSeconds() + " s idle", "MiB");
        for (Stage stage : stages) {
            for (long pid : stage.ztunnels()) {
                results.add(figure, stage.name(), ProcessStat.rssKib(pid) / 1024.0);
            }
        }
    }

    /** Also of an earlier run, when so asked. */
    private Results write(Results measured) throws IOException {
        Files.createDirectories(out);
        Results results = measured;
        if (earlier != null) {
            List<String> order = Workloads.all().stream().map(Workload::id).toList();
            results = measured.with(earlier, order);
        }
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("when", java.time.Instant.now().toString());
        about.put("processors", Runtime.getRuntime().availableProcessors());
        about.put("kernel", System.getProperty("os.version"));
        about.put("programs", programs);
        Files.writeString(out.resolve("results.json"), Json.of(results, about));
        var chart = Chart.of(results);
        if (chart.isPresent()) {
            Files.writeString(out.resolve("ratios.svg"), chart.get());
        }
        return results;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
