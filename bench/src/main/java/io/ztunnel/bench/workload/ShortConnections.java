package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Connections;
import io.ztunnel.bench.load.Outcome;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Connections of 100 bytes, in tunnels that are there or each in a tunnel of its own. */
final class ShortConnections implements Workload {
    private static final int AT_ONCE = 16;

    /** The way of a connection is long, and a JIT compiler has a lot to see of it. */
    private static final int WARM_UP_FACTOR = 2;

    private final String id;
    private final String title;
    private final boolean ownTunnel;
    private final Figure rate;
    private final Figure cpu;
    private final Figure failed;

    private ShortConnections(
            String id, String title, boolean ownTunnel, double rateGoal, double cpuGoal) {
        this.id = id;
        this.title = title;
        this.ownTunnel = ownTunnel;
        String what = ownTunnel ? "handshakes" : "connections";
        this.rate = Figure.higher(id, what, "/s", rateGoal);
        this.cpu = Figure.lower(id, "CPU", "us each", cpuGoal);
        this.failed = Figure.told(id, "failed", what);
    }

    static List<Workload> all() {
        return List.of(
                new ShortConnections("CC", "connect, 100 bytes, close", false, 1.5, 0.6),
                new ShortConnections(
                        "HS",
                        "each connection from another address: a handshake",
                        true,
                        1.1,
                        0.95));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public void warmUp(Stage stage, Duration duration) throws IOException {
        run(stage, duration.multipliedBy(WARM_UP_FACTOR));
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        Usage usage = new Usage(stage.mesh());
        Outcome outcome = run(stage, timing.window());
        double micros = usage.cpuSeconds() * 1e6;
        results.add(rate, stage.name(), outcome.perSecond());
        results.add(cpu, stage.name(), micros / Math.max(1, outcome.done()));
        results.add(failed, stage.name(), (double) outcome.failed());
    }

    private Outcome run(Stage stage, Duration duration) throws IOException {
        return Connections.closedLoop(
                stage.loops(),
                stage.client(),
                stage.server().port(Stage.SHORT),
                AT_ONCE,
                duration,
                ownTunnel ? stage.sources() : null);
    }
}
