package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Connections;
import io.ztunnel.bench.load.Outcome;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** What policies add to a connection, one connection at a time. */
final class PolicyCost implements Workload {
    private static final int[] POLICIES = {10, 1000, 10_000};
    private static final Duration SETTLE = Duration.ofSeconds(4);

    private final Map<Integer, Figure> figures = new HashMap<>();
    private static final Figure NONE = Figure.told("POL", "connection without policies", "us");

    PolicyCost() {
        for (int count : POLICIES) {
            figures.put(
                    count,
                    Figure.lower("POL", "added by %,d policies".formatted(count), "us", 1.0));
        }
    }

    @Override
    public String id() {
        return "POL";
    }

    @Override
    public String title() {
        return "connect with policies";
    }

    @Override
    public void warmUp(Stage stage, Duration duration) throws IOException {
        run(stage, duration);
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        double none = run(stage, timing.window()).micros(50);
        results.add(NONE, stage.name(), none);
        for (int count : POLICIES) {
            stage.mesh().synthesize("--policies", "" + count, "--policy-namespace", "bench");
            LockSupport.parkNanos(SETTLE.toNanos());
            Outcome outcome = run(stage, timing.window());
            if (outcome.done() == 0) {
                throw new IOException("no connection came through " + count + " policies");
            }
            results.add(
                    java.util.Objects.requireNonNull(figures.get(count)),
                    stage.name(),
                    Math.max(1, outcome.micros(50) - none));
        }
        stage.mesh().synthesize();
        LockSupport.parkNanos(SETTLE.toNanos());
    }

    private static Outcome run(Stage stage, Duration duration) throws IOException {
        return Connections.closedLoop(
                stage.loops(), stage.client(), stage.server().port(Stage.SHORT), 1, duration, null);
    }
}
