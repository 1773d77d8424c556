package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.Ztunnel;
import io.ztunnel.sandbox.conformance.peer.Script;
import io.ztunnel.sandbox.conformance.peer.SocketPeer;
import io.ztunnel.sandbox.conformance.peer.Traffic;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Does the steps that concern many connections at once. */
final class Crowds {
    private static final String CROWD = "idle ";
    private static final int LOAD_THREADS = 16;
    private static final int SHORT = 100;
    private static final Duration ECHO_LIMIT = Duration.ofSeconds(30);

    /** Of this process, for all that is no end of a connection. */
    private static final int OTHER_DESCRIPTORS = 500;

    /** Both ends of a connection are ours. */
    private static final int ENDS = 2;

    private final ConformanceMesh mesh;
    private final Stage stage;
    private final Arrivals arrivals;
    private final List<String> notes = new ArrayList<>();

    Crowds(ConformanceMesh mesh, Stage stage, Arrivals arrivals) {
        this.mesh = mesh;
        this.stage = stage;
        this.arrivals = arrivals;
    }

    /** What was measured, for people. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    void run(Step.Bulk step) throws FailedException, IOException {
        switch (step) {
            case Step.Load load -> stage.add(load.as(), start(load));
            case Step.Unload(String on, int made) -> check(on, stage.traffic(on).end(), made);
            case Step.Churn churn -> churn(churn);
            case Step.Idle idle -> idle(idle);
        }
    }

    private Traffic start(Step.Load step) {
        return Traffic.start(
                mesh.place(step.from()),
                target(step.to()),
                new Traffic.Plan(LOAD_THREADS, step.rate(), 0, step.length()));
    }

    private InetSocketAddress target(String text) {
        return Script.Targets.parse(stage.expand(text));
    }

    private void check(String who, Traffic.Outcome outcome, int made) throws FailedException {
        String told =
                who
                        + ": "
                        + outcome.made()
                        + " connections went well, "
                        + outcome.refused()
                        + " were refused, "
                        + outcome.lost()
                        + " lost bytes";
        if (!outcome.isClean()) {
            throw new FailedException(told + ": " + String.join("; ", outcome.examples()));
        }
        if (outcome.made() < made) {
            throw new FailedException(told + ", not " + made + " at least");
        }
        notes.add(told);
    }

    private void churn(Step.Churn step) throws FailedException, IOException {
        long start = System.nanoTime();
        try (Traffic traffic =
                Traffic.start(
                        mesh.place(step.from()),
                        target(step.to()),
                        new Traffic.Plan(step.atATime(), 0, step.count(), step.length()))) {
            Traffic.Outcome outcome = traffic.await(step.within());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            check("within " + took.toMillis() + " ms", outcome, step.count());
        }
    }

    private void idle(Step.Idle step) throws FailedException, IOException {
        Map<String, Long> before = resident();
        int count = Math.min(step.count(), allowed());
        for (int i = 1; i <= count; i++) {
            stage.add(
                    CROWD + i, SocketPeer.over(mesh.place(step.from()).connect(target(step.to()))));
            arrivals.check(echo(i));
        }
        Observations.pause(step.stay());
        Map<String, Long> after = resident();
        for (int i = 1; i <= count; i++) {
            arrivals.check(echo(i));
        }
        StringBuilder told = new StringBuilder().append(count).append(" idle connections");
        if (count < step.count()) {
            told.append(", as many as the open files that this process may have allow");
        }
        for (Map.Entry<String, Long> node : after.entrySet()) {
            long each = (node.getValue() - before.getOrDefault(node.getKey(), 0L)) / count;
            told.append("; ").append(each).append(" bytes each in ").append(node.getKey());
            if (each > step.most()) {
                throw new FailedException(told + ", not " + step.most() + " at most");
            }
        }
        notes.add(told.toString());
    }

    /** Sends and is to get back a few bytes on that one. */
    private static Step.Exchange echo(int number) {
        return new Step.Exchange(CROWD + number, 0, SHORT, ECHO_LIMIT);
    }

    private Map<String, Long> resident() throws IOException {
        Map<String, Long> bytes = new TreeMap<>();
        for (Ztunnel ztunnel : mesh.ztunnels()) {
            bytes.put(ztunnel.place().name(), ztunnel.residentBytes());
        }
        return bytes;
    }

    /** How many connections the limit of this process leaves room for. */
    private static int allowed() throws IOException {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
            return limits.filter(line -> line.startsWith("Max open files"))
                    .map(
                            line ->
                                    line.substring("Max open files".length())
                                            .strip()
                                            .split(" +", 2)[0])
                    .filter(soft -> soft.matches("\\d{1,9}"))
                    .map(soft -> (Integer.parseInt(soft) - OTHER_DESCRIPTORS) / ENDS)
                    .findFirst()
                    .orElse(Integer.MAX_VALUE);
        }
    }
}
