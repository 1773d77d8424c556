package io.ztunnel.sandbox.conformance;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.LogLine;
import io.ztunnel.sandbox.conformance.mesh.Metrics;
import io.ztunnel.sandbox.conformance.mesh.Ztunnel;
import io.ztunnel.sandbox.conformance.scenario.Names;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an operator sees of the ztunnels, compared with what it was when the scenario began. */
final class Observations {
    private static final Duration QUIET = Duration.ofMillis(300);
    private static final Map<String, String> ALL = Map.of();
    private static final String OPENED = "istio_tcp_connections_opened_total";
    private static final String CLOSED = "istio_tcp_connections_closed_total";

    private final ConformanceMesh mesh;
    private final Names names;
    private final Map<String, Long> logs = new HashMap<>();
    private final Map<String, Metrics> before = new HashMap<>();
    private final Map<String, Integer> descriptors = new HashMap<>();

    Observations(ConformanceMesh mesh, Names names) throws IOException {
        this.mesh = mesh;
        this.names = names;
        for (String node : mesh.spec().nodes()) {
            Ztunnel ztunnel = mesh.ztunnel(node);
            logs.put(node, ztunnel.logSize());
            before.put(node, ztunnel.metrics());
            descriptors.put(node, ztunnel.descriptors());
        }
    }

    /** Something to look at again and again until it is as expected. */
    private interface Look {
        /** Why it is not yet so; empty when it is. */
        Optional<String> atWhatIsWrong() throws IOException;
    }

    private static void await(Duration limit, Look look) throws FailedException, IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            boolean last = System.nanoTime() > deadline;
            Optional<String> wrong = look.atWhatIsWrong();
            if (wrong.isEmpty()) {
                return;
            }
            if (last) {
                throw new FailedException(wrong.get());
            }
            pause(Duration.ofMillis(10));
        }
    }

    static void pause(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    void check(Step.Log step) throws FailedException, IOException {
        Map<String, TextMatch> fields = new LinkedHashMap<>();
        step.fields().forEach((name, text) -> fields.put(name, TextMatch.of(text, names)));
        TextMatch text = step.text().isEmpty() ? null : TextMatch.of(step.text(), names);
        if (step.count() == 0) {
            pause(QUIET);
        }
        await(
                step.within(),
                () -> {
                    List<LogLine> lines =
                            mesh.ztunnel(step.node()).log(logs.getOrDefault(step.node(), 0L));
                    List<LogLine> matching =
                            lines.stream()
                                    .filter(line -> complaints(step, fields, line).isEmpty())
                                    .filter(line -> text == null || text.matches(line.text()))
                                    .toList();
                    return matching.size() == step.count()
                            ? Optional.empty()
                            : Optional.of(describe(step, fields, lines, matching));
                });
    }

    private static List<String> complaints(
            Step.Log step, Map<String, TextMatch> fields, LogLine line) {
        List<String> complaints = new ArrayList<>();
        if (!step.level().isEmpty() && !step.level().equals(line.level())) {
            complaints.add("level is " + line.level());
        }
        if (!line.message().startsWith(step.message())) {
            complaints.add("message is '" + line.message() + "'");
        }
        fields.forEach(
                (name, wanted) -> {
                    if (!wanted.matches(line.fields().get(name))) {
                        complaints.add(
                                name
                                        + " is "
                                        + line.fields().getOrDefault(name, "absent")
                                        + " and not "
                                        + wanted);
                    }
                });
        for (String name : step.absent()) {
            if (line.fields().containsKey(name)) {
                complaints.add(name + " is there");
            }
        }
        return complaints;
    }

    private static String describe(
            Step.Log step,
            Map<String, TextMatch> fields,
            List<LogLine> lines,
            List<LogLine> matching) {
        String found = matching.size() + " lines of " + step.node() + " match, not " + step.count();
        if (!matching.isEmpty()) {
            return found + ", such as: " + matching.getFirst().text();
        }
        return lines.stream()
                .filter(line -> line.target().startsWith("access"))
                .min(
                        java.util.Comparator.comparingInt(
                                line -> complaints(step, fields, line).size()))
                .map(
                        line ->
                                found
                                        + "; in the nearest, "
                                        + String.join(", ", complaints(step, fields, line))
                                        + ": "
                                        + line.text())
                .orElse(found + "; there is no line of the access log");
    }

    void check(Step.Metric step) throws FailedException, IOException {
        Map<String, String> labels = new HashMap<>();
        step.labels().forEach((name, text) -> labels.put(name, names.expand(text)));
        Metrics first = before.getOrDefault(step.node(), new Metrics(List.of()));
        if (step.delta() == 0) {
            pause(QUIET);
        }
        await(
                step.within(),
                () -> {
                    Metrics now = mesh.ztunnel(step.node()).metrics();
                    long grown = now.sum(step.name(), labels) - first.sum(step.name(), labels);
                    return grown == step.delta()
                            ? Optional.empty()
                            : Optional.of(
                                    step.name()
                                            + labels
                                            + " of "
                                            + step.node()
                                            + " has grown by "
                                            + grown
                                            + ", not "
                                            + step.delta()
                                            + ": "
                                            + now.describe(step.name()));
                });
    }

    void check(Step.Descriptors step) throws FailedException, IOException {
        int first = descriptors.getOrDefault(step.node(), 0);
        await(
                step.within(),
                () -> {
                    int now = mesh.ztunnel(step.node()).descriptors();
                    return now <= first + step.more()
                            ? Optional.empty()
                            : Optional.of(
                                    step.node()
                                            + " has "
                                            + now
                                            + " descriptors, not "
                                            + first
                                            + " or "
                                            + step.more()
                                            + " more");
                });
    }

    void check(Step.Admin step) throws FailedException, IOException {
        String path = names.expand(step.at());
        TextMatch wanted = TextMatch.of(step.is(), names);
        await(
                step.within(),
                () -> {
                    Object tree =
                            JSON.std.anyFrom(
                                    mesh.ztunnel(step.node()).admin("GET", step.path()).body());
                    Optional<Object> found = JsonPath.find(tree, path);
                    String text = found.map(Observations::text).orElse("absent");
                    return wanted.matches(text)
                            ? Optional.empty()
                            : Optional.of(
                                    path
                                            + " in "
                                            + step.path()
                                            + " is "
                                            + text
                                            + ", not "
                                            + wanted);
                });
    }

    private static String text(Object value) {
        return value instanceof Map<?, ?> || value instanceof List<?>
                ? String.valueOf(value)
                : value.toString();
    }

    /** Every connection that a ztunnel has recorded as open it has recorded as closed as well. */
    void checkAllClosed(Duration limit) throws FailedException, IOException {
        for (Ztunnel ztunnel : mesh.ztunnels()) {
            await(
                    limit,
                    () -> {
                        Metrics now = ztunnel.metrics();
                        long open = now.sum(OPENED, ALL) - now.sum(CLOSED, ALL);
                        return open == 0
                                ? Optional.empty()
                                : Optional.of(
                                        "after all peers have gone, "
                                                + open
                                                + " connections of "
                                                + ztunnel.place().name()
                                                + " are still open");
                    });
        }
    }
}
