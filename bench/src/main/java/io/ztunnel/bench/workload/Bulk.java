package io.ztunnel.bench.workload;

import io.ztunnel.bench.mesh.Iperf;
import io.ztunnel.bench.mesh.Place;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Bytes as fast as they go. */
final class Bulk implements Workload {
    private static final double GIB = 1 << 30;

    /** From where to where. */
    private enum Path {
        MESH,
        WAYPOINT,
        OUT_OF_THE_MESH,
        INTO_THE_MESH
    }

    private static final String BEHIND_WAYPOINT = "10.4.0.10";

    private final String id;
    private final String title;
    private final Path path;
    private final int streams;
    private final boolean reverse;
    private final Figure throughput;
    private final Figure cpu;

    private Bulk(
            String id,
            String title,
            Path path,
            int streams,
            boolean reverse,
            double throughputGoal,
            double cpuGoal) {
        this.id = id;
        this.title = title;
        this.path = path;
        this.streams = streams;
        this.reverse = reverse;
        this.throughput = Figure.higher(id, "throughput", "Gbit/s", throughputGoal);
        this.cpu = Figure.lower(id, "CPU", "s/GiB", cpuGoal);
    }

    static List<Workload> all() {
        return List.of(
                new Bulk("T1", "one bulk stream", Path.MESH, 1, false, 1.25, 0.80),
                new Bulk("T1R", "one bulk stream, server to client", Path.MESH, 1, true, 1.25, 0.8),
                new Bulk("T16", "16 bulk streams", Path.MESH, 16, false, 1.25, 0.80),
                new Bulk("TW", "one stream through a waypoint", Path.WAYPOINT, 1, false, 1.25, 0.8),
                new Bulk(
                        "P1",
                        "one stream, out of the mesh",
                        Path.OUT_OF_THE_MESH,
                        1,
                        false,
                        1.15,
                        0.85),
                new Bulk(
                        "P1I",
                        "one stream, into the mesh",
                        Path.INTO_THE_MESH,
                        1,
                        false,
                        1.15,
                        0.85));
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
        transfer(stage, duration);
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        Usage usage = new Usage(stage.mesh());
        long begun = System.nanoTime();
        long bytes = transfer(stage, timing.window());
        double seconds =
                Math.min((double) timing.window().toSeconds(), (System.nanoTime() - begun) / 1e9);
        results.add(throughput, stage.name(), (double) bytes * 8 / seconds / 1e9);
        results.add(cpu, stage.name(), usage.cpuSeconds() * GIB / (double) bytes);
    }

    private long transfer(Stage stage, Duration duration) throws IOException {
        Place from = path == Path.INTO_THE_MESH ? stage.outsideClient() : stage.client();
        InetAddress to =
                switch (path) {
                    case MESH, INTO_THE_MESH -> stage.server().address();
                    case OUT_OF_THE_MESH -> stage.outsideServer().address();
                    case WAYPOINT -> InetAddress.ofLiteral(BEHIND_WAYPOINT);
                };
        return Iperf.send(from, to, (int) duration.toSeconds(), streams, reverse);
    }
}
