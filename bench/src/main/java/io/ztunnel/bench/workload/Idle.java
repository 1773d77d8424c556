package io.ztunnel.bench.workload;

import com.sun.management.UnixOperatingSystemMXBean;

import io.ztunnel.bench.load.Crowd;
import io.ztunnel.bench.report.Figure;
import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Up to 10,000 connections that do nothing, and what is left when they have gone. */
final class Idle implements Workload {
    private static final int WANTED = 10_000;

    /** Both ends of each are ours, and not every machine lets a process have so many files. */
    private static final int CONNECTIONS = Math.min(WANTED, (maxFiles() - 1000) / 2);

    private static final Duration SETTLE = Duration.ofSeconds(5);
    private static final Duration RETURN = Duration.ofSeconds(40);

    private static final Figure EACH =
            Figure.lower("IDLE", "RSS", "KiB per connection and proxy", 1.0);
    private static final Figure BEFORE = Figure.told("IDLE", "RSS before", "MiB, both proxies");
    private static final Figure AFTER = Figure.told("IDLE", "RSS after 40 s / before", "ratio");

    @Override
    public String id() {
        return "IDLE";
    }

    @Override
    public String title() {
        return CONNECTIONS + " idle connections";
    }

    @Override
    public int rounds(Timing timing) {
        return Math.min(3, timing.rounds());
    }

    @Override
    public void warmUp(Stage stage, Duration duration) throws IOException {
        crowd(stage, CONNECTIONS / 5).close();
        pause(SETTLE);
    }

    @Override
    public void measure(Stage stage, Timing timing, Results results) throws IOException {
        Usage usage = new Usage(stage.mesh());
        double before = usage.rssBeforeKib();
        try (Crowd _ = crowd(stage, CONNECTIONS)) {
            pause(SETTLE);
            double each = (usage.rssKib() - before) / usage.processes() / CONNECTIONS;
            results.add(EACH, stage.name(), each);
        }
        results.add(BEFORE, stage.name(), before / 1024);
        pause(timing.window().toSeconds() >= 5 ? RETURN : SETTLE);
        results.add(AFTER, stage.name(), usage.rssKib() / before);
    }

    private static int maxFiles() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean system
                ? (int) Math.min(Integer.MAX_VALUE, system.getMaxFileDescriptorCount())
                : 4096;
    }

    private static Crowd crowd(Stage stage, int connections) throws IOException {
        return Crowd.gather(
                stage.loops(), stage.client(), stage.server().port(Stage.ECHO), connections);
    }

    private static void pause(Duration duration) {
        LockSupport.parkNanos(duration.toNanos());
    }
}
