package io.ztunnel.bench.workload;

import io.ztunnel.bench.mesh.ProcessStat;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;

/** From the start of a ztunnel with two pods until it is ready, and its memory then. */
final class Boot implements Workload {
    private static final String NODE = "node1";
    private static final Figure READY = Figure.told("BOOT", "ready", "s");
    private static final Figure RSS = Figure.told("BOOT", "RSS at ready", "MiB");
    private static final Figure PSS = Figure.told("BOOT", "PSS at ready", "MiB");

    @Override
    public String id() {
        return "BOOT";
    }

    @Override
    public String title() {
        return "start to ready";
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        results.add(READY, stage.name(), stage.mesh().restart(NODE));
        long pid = stage.mesh().pid(NODE);
        results.add(RSS, stage.name(), ProcessStat.rssKib(pid) / 1024.0);
        results.add(PSS, stage.name(), ProcessStat.pssKib(pid) / 1024.0);
    }
}
