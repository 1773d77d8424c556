package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Outcome;
import io.ztunnel.bench.load.Requests;
import io.ztunnel.bench.mesh.ProcessStat;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A ztunnel that starts in a big mesh, and then hears of 100 changes a second. */
final class Scale implements Workload {
    private static final String NODE = "node1";
    private static final int SERVICES = 10_000;
    private static final int UPDATES = 100;
    private static final int RATE = 1000;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private final String id;
    private final int workloads;
    private final Figure ready;
    private final Figure load;
    private final Figure memory;
    private final Figure updates;
    private final Figure latency;

    Scale(String id, int workloads) {
        this.id = id;
        this.workloads = workloads;
        this.ready = Figure.lower(id, "start to ready", "s", 1.0);
        this.load = Figure.lower(id, "CPU until ready", "s", 1.0);
        this.memory = Figure.lower(id, "RSS", "KiB per workload", 1.0);
        this.updates = Figure.lower(id, "CPU, 100 updates/s", "ms/s", 1.0);
        this.latency = Figure.lower(id, "p99 of requests meanwhile", "us", 1.0);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String title() {
        return "%,d workloads and %,d services".formatted(workloads, SERVICES);
    }

    @Override
    public int rounds(Timing timing) {
        return Math.min(2, timing.rounds());
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        stage.mesh().synthesize();
        stage.mesh().restart(NODE);
        LockSupport.parkNanos(SETTLE.toNanos());
        double empty = ProcessStat.rssKib(pid(stage));
        stage.mesh().synthesize("--workloads", "" + workloads, "--services", "" + SERVICES);
        LockSupport.parkNanos(SETTLE.toNanos());
        results.add(ready, stage.name(), stage.mesh().restart(NODE));
        results.add(load, stage.name(), ProcessStat.cpuSeconds(pid(stage)));
        LockSupport.parkNanos(SETTLE.toNanos());
        double full = ProcessStat.rssKib(pid(stage));
        results.add(memory, stage.name(), (full - empty) / workloads);
        stage.mesh()
                .synthesize(
                        "--workloads",
                        "" + workloads,
                        "--services",
                        "" + SERVICES,
                        "--updates",
                        "" + UPDATES);
        requests(stage, timing.warmUp());
        LockSupport.parkNanos(SETTLE.toNanos());
        double cpu = ProcessStat.cpuSeconds(pid(stage));
        LockSupport.parkNanos(timing.window().toNanos());
        double spent = ProcessStat.cpuSeconds(pid(stage)) - cpu;
        results.add(updates, stage.name(), spent * 1000 / timing.window().toSeconds());
        results.add(latency, stage.name(), requests(stage, timing.window()).micros(99));
    }

    private static Outcome requests(Stage stage, Duration duration) throws IOException {
        return Requests.run(
                stage.loops(),
                stage.client(),
                stage.server().port(Stage.ECHO),
                4,
                1024,
                RATE,
                duration);
    }

    private static long pid(Stage stage) throws IOException {
        return stage.mesh().pid(NODE);
    }

    @Override
    public void coolDown(Stage stage) throws IOException {
        stage.mesh().synthesize();
        stage.mesh().restart(NODE);
    }
}
