package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Outcome;
import io.ztunnel.bench.load.Requests;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Requests of 1 KiB and answers of the same size over 16 connections that stay. */
final class RequestResponse implements Workload {
    private static final int CONNECTIONS = 16;
    private static final int BYTES = 1024;

    /** What both sustain is known from the closed loop, which comes first. */
    private static final Figure SUSTAINED = Figure.higher("RR", "closed loop", "requests/s", 1.2);

    private static final double FALLBACK_RATE = 5000;

    private final String id;

    /** Percent of what the slower candidate sustains; 0 for the closed loop. */
    private final int load;

    private final Figure cpu;
    private final List<Figure> latencies;

    private RequestResponse(int load) {
        this.load = load;
        this.id = load == 0 ? "RR" : "RR" + load;
        this.cpu = Figure.lower(id, "CPU", "ms/1000 requests", 0.75);
        this.latencies =
                List.of(
                        Figure.lower(id, "p50", "us", 0.85),
                        Figure.lower(id, "p99", "us", 0.85),
                        Figure.lower(id, "p99.9", "us", 1.0));
    }

    static List<Workload> all() {
        List<Workload> all = new ArrayList<>();
        for (int load : new int[] {0, 20, 50, 80}) {
            all.add(new RequestResponse(load));
        }
        return all;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String title() {
        return load == 0
                ? "1 KiB requests, 16 connections, closed loop"
                : "1 KiB requests at " + load + " % of what the slower one sustains";
    }

    @Override
    public void warmUp(Stage stage, Duration duration) throws IOException {
        if (load == 0) {
            run(stage, duration.multipliedBy(2), 0);
        }
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        double rate = load == 0 ? 0 : load / 100.0 * sustained(results);
        Usage usage = new Usage(stage.mesh());
        Outcome outcome = run(stage, timing.window(), rate);
        double cpuMillis = usage.cpuSeconds() * 1000;
        if (load == 0) {
            results.add(SUSTAINED, stage.name(), outcome.perSecond());
        } else {
            results.add(latencies.get(0), stage.name(), outcome.micros(50));
            results.add(latencies.get(1), stage.name(), outcome.micros(99));
            results.add(latencies.get(2), stage.name(), outcome.micros(99.9));
        }
        results.add(cpu, stage.name(), cpuMillis / (outcome.done() / 1000.0));
    }

    private static double sustained(Results results) {
        double slowest = Double.MAX_VALUE;
        for (String candidate : results.candidates()) {
            slowest =
                    Math.min(
                            slowest,
                            results.series(SUSTAINED, candidate)
                                    .map(series -> series.median())
                                    .orElse(FALLBACK_RATE));
        }
        return slowest;
    }

    private static Outcome run(Stage stage, Duration duration, double rate) throws IOException {
        return Requests.run(
                stage.loops(),
                stage.client(),
                stage.server().port(Stage.ECHO),
                CONNECTIONS,
                BYTES,
                rate,
                duration);
    }
}
