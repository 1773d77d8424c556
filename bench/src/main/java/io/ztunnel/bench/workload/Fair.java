package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Connections;
import io.ztunnel.bench.load.Outcome;
import io.ztunnel.bench.load.Requests;
import io.ztunnel.bench.mesh.Iperf;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One pod sends bulk and 2,000 connections a second; another one asks small questions. */
final class Fair implements Workload {
    private static final int FLOOD_PER_SECOND = 2000;
    private static final int QUIET_PER_SECOND = 500;
    private static final int QUIET_CONNECTIONS = 4;
    private static final int BYTES = 1024;

    private static final Figure ALONE = Figure.told("FAIR", "p99 of the quiet pod, no flood", "us");
    private static final Figure FLOODED =
            Figure.lower("FAIR", "p99 of the quiet pod, flood", "us", 0.5);
    private static final Figure MEDIAN = Figure.told("FAIR", "p50 of the quiet pod, flood", "us");
    private static final Figure FLOOD = Figure.told("FAIR", "flood that got through", "/s");

    @Override
    public String id() {
        return "FAIR";
    }

    @Override
    public String title() {
        return "a quiet pod beside a flooding one";
    }

    @Override
    public void warmUp(Stage stage, Duration duration) throws IOException {
        flooded(stage, duration);
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        results.add(ALONE, stage.name(), quiet(stage, timing.window()).micros(99));
        Flooded flooded = flooded(stage, timing.window());
        results.add(FLOODED, stage.name(), flooded.quiet().micros(99));
        results.add(MEDIAN, stage.name(), flooded.quiet().micros(50));
        results.add(FLOOD, stage.name(), flooded.flood().perSecond());
    }

    private record Flooded(Outcome quiet, Outcome flood) {}

    private static Flooded flooded(Stage stage, Duration duration) throws IOException {
        int seconds = (int) duration.toSeconds();
        CompletableFuture<Long> bulk =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return Iperf.send(
                                        stage.client(),
                                        stage.server().address(),
                                        seconds,
                                        1,
                                        false);
                            } catch (IOException failed) {
                                throw new CompletionException(failed);
                            }
                        });
        Connections flood =
                Connections.openLoop(
                        stage.loops(),
                        stage.client(),
                        stage.server().port(Stage.SHORT),
                        FLOOD_PER_SECOND,
                        duration);
        Outcome quiet = quiet(stage, duration);
        Outcome flooded = flood.await();
        try {
            bulk.join();
        } catch (CompletionException failed) {
            throw new IOException("the bulk of the flood: " + failed.getCause(), failed);
        }
        return new Flooded(quiet, flooded);
    }

    private static Outcome quiet(Stage stage, Duration duration) throws IOException {
        return Requests.run(
                stage.loops(),
                stage.quiet(),
                stage.server().port(Stage.ECHO),
                QUIET_CONNECTIONS,
                BYTES,
                QUIET_PER_SECOND,
                duration);
    }
}
