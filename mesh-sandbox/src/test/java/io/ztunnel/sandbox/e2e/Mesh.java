package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.supervisor.Preconditions;
import io.ztunnel.sandbox.supervisor.StateDirectory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A sandbox that is up, of an id that no other run uses. It is taken down when it is closed, or
 * when this JVM is ended first.
 */
final class Mesh implements AutoCloseable {
    /** The machine may be busy with other things. */
    static final Duration LIMIT = Duration.ofMinutes(2);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Path DIST =
            Path.of(System.getProperty("sandbox.dist", "../dist")).toAbsolutePath().normalize();

    private final SandboxNames names;
    private final StateDirectory state;
    private final ControlClient control;
    private final Manifests manifests;
    private final List<IpFamily> families;
    private final List<String> options;
    private final Thread hook = new Thread(this::takeDown, "e2e-down");

    private Mesh(
            SandboxNames names,
            Manifests manifests,
            List<IpFamily> families,
            List<String> options) {
        this.names = names;
        this.state = StateDirectory.of(names);
        this.control = new ControlClient(state.controlSocket());
        this.manifests = manifests;
        this.families = families;
        this.options = options;
    }

    /**
     * Brings it up and returns when everything is ready. Without root the test is skipped, saying
     * so.
     *
     * @param source a folder of manifests, copied so that it may be edited
     */
    static Mesh up(String source, IpFamily... families) throws IOException {
        Mesh mesh = prepare(source, families);
        mesh.bringUp();
        return mesh;
    }

    /**
     * @param options more of {@code up}
     */
    static Mesh up(String source, List<String> options, IpFamily... families) throws IOException {
        Mesh mesh = prepare(source, options, families);
        mesh.bringUp();
        return mesh;
    }

    /** All but up: {@link #upCommand} does that. */
    static Mesh prepare(String source, IpFamily... families) throws IOException {
        return prepare(source, List.of(), families);
    }

    private static Mesh prepare(String source, List<String> options, IpFamily... families)
            throws IOException {
        try {
            Preconditions.checkPrivileges();
        } catch (IOException unmet) {
            assumeTrue(false, unmet.getMessage());
        }
        Path program = DIST.resolve("bin/ztunnel-sandbox");
        assertThat(program).as("made by build/assemble once all is packaged").isExecutable();
        return new Mesh(
                new SandboxNames(freeId()),
                Manifests.copyOf(source),
                Arrays.asList(families),
                options);
    }

    /** Of this process, so that runs side by side do not meet. */
    private static String freeId() throws IOException {
        List<String> taken = StateDirectory.existing();
        String pid = Long.toString(ProcessHandle.current().pid(), 36);
        return Stream.iterate(0, n -> n + 1)
                .map(n -> "e" + pid + Integer.toString(n, 36))
                .filter(id -> !taken.contains(id))
                .findFirst()
                .orElseThrow();
    }

    private void bringUp() throws IOException {
        Runtime.getRuntime().addShutdownHook(hook);
        Command.Result up = Command.run(LIMIT.plusSeconds(60), upCommand());
        if (up.status() != 0) {
            String logs = tails();
            close();
            fail("the sandbox does not come up:\n%s\n%s", up.output(), logs);
        }
    }

    List<String> upCommand() {
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(
                List.of(
                        "--families",
                        String.join(",", families.stream().map(IpFamily::text).toList()),
                        manifests.folder().toString()));
        return sandbox("up", arguments.toArray(String[]::new));
    }

    /** A line of the command {@code ztunnel-sandbox}, for this sandbox. */
    List<String> sandbox(String subcommand, String... arguments) {
        List<String> line =
                new ArrayList<>(
                        List.of(DIST.resolve("bin/ztunnel-sandbox").toString(), subcommand));
        line.addAll(List.of("--id", names.id()));
        line.addAll(List.of(arguments));
        return line;
    }

    /** Runs a verb of the command and returns what it prints. */
    String verb(String verb, String... arguments) throws IOException {
        return Command.run(LIMIT, sandbox(verb, arguments)).orFail();
    }

    /** As {@code kubectl apply} would. */
    void apply(String yaml) throws IOException {
        Path file = Files.createTempFile("e2e-applied", ".yaml");
        try {
            Files.writeString(file, yaml);
            verb("apply", "-f", file.toString());
        } finally {
            Files.delete(file);
        }
    }

    SandboxNames names() {
        return names;
    }

    StateDirectory state() {
        return state;
    }

    Manifests manifests() {
        return manifests;
    }

    ControlClient control() {
        return control;
    }

    /**
     * The one pod whose name is, or begins with, the given one.
     *
     * @param name {@code POD.NAMESPACE}
     */
    Place pod(String name) throws IOException {
        int dot = name.lastIndexOf('.');
        List<Map<?, ?>> matching =
                entries("pods").stream()
                        .filter(pod -> name.substring(dot + 1).equals(pod.get("namespace")))
                        .filter(pod -> isCalled(pod, name.substring(0, dot)))
                        .toList();
        if (matching.size() != 1) {
            throw new AssertionError(matching.size() + " pods are called " + name);
        }
        return place(matching.getFirst());
    }

    private static boolean isCalled(Map<?, ?> pod, String name) {
        String own = String.valueOf(pod.get("name"));
        return own.equals(name) || own.startsWith(name + "-");
    }

    Place node(String name) throws IOException {
        return nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no node is called " + name));
    }

    /** The process of each is its ztunnel. */
    List<Place> nodes() throws IOException {
        return entries("nodes").stream().map(Mesh::place).toList();
    }

    private static Place place(Map<?, ?> entry) {
        List<InetAddress> addresses = new ArrayList<>();
        if (entry.get("addresses") instanceof List<?> texts) {
            texts.forEach(text -> addresses.add(InetAddress.ofLiteral(text.toString())));
        }
        return new Place(
                String.valueOf(entry.get("name")),
                String.valueOf(entry.get("networkNamespace")),
                addresses,
                entry.get("pid") instanceof Number pid ? pid.longValue() : 0);
    }

    List<Map<?, ?>> entries(String kind) throws IOException {
        List<Map<?, ?>> entries = new ArrayList<>();
        if (control.status().get(kind) instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> map) {
                    entries.add(map);
                }
            }
        }
        return entries;
    }

    List<String> problems() throws IOException {
        return control.status().get("problems") instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : List.of();
    }

    /**
     * Waits until every ztunnel says it is ready, and every pod of these namespaces is captured but
     * for waypoints, which never are.
     */
    void awaitCaptured(String... namespaces) {
        Set<String> wanted = new HashSet<>(List.of(namespaces));
        awaitTrue(
                "pods are captured",
                () ->
                        entries("nodes").stream()
                                        .allMatch(node -> Boolean.TRUE.equals(node.get("ready")))
                                && entries("pods").stream()
                                        .filter(pod -> wanted.contains(pod.get("namespace")))
                                        .filter(pod -> !"waypoint".equals(pod.get("program")))
                                        .allMatch(Mesh::isCaptured));
    }

    private static boolean isCaptured(Map<?, ?> pod) {
        return Boolean.TRUE.equals(pod.get("captured")) && Boolean.TRUE.equals(pod.get("ready"));
    }

    static void awaitTrue(String what, Callable<Boolean> condition) {
        await(what).atMost(LIMIT).pollInterval(POLL).until(condition);
    }

    /** What has been printed so far by a node's ztunnel, a pod, {@code supervisor} or so. */
    List<String> log(String name) throws IOException {
        Path file = name.equals("supervisor") ? state.supervisorLog() : state.log(name);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Waits for a line that came after the first {@code seen} ones. */
    String awaitLine(String name, int seen, Predicate<String> rule) {
        List<String> found = new ArrayList<>();
        await("a line in the log of " + name)
                .atMost(LIMIT)
                .pollInterval(POLL)
                .until(() -> found.addAll(lines(name, seen, rule)));
        return found.getFirst();
    }

    /** Those lines after the first {@code seen} ones. */
    List<String> lines(String name, int seen, Predicate<String> rule) throws IOException {
        return log(name).stream().skip(seen).filter(rule).toList();
    }

    /** What {@code ztunnel config} prints on a node. */
    String config(String node, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(DIST.resolve("bin/ztunnel").toString()));
        line.add("config");
        line.addAll(List.of(arguments));
        return node(node).run(line.toArray(String[]::new)).orFail();
    }

    /** Waits until a table of a node has a line like that. */
    void awaitConfig(String node, String table, String line) {
        awaitTrue(
                "config " + table + " of " + node + " has " + line,
                () -> config(node, table).lines().anyMatch(text -> text.matches(line)));
    }

    /** The ends of all logs, to be shown when something does not work. */
    String tails() {
        StringBuilder text = new StringBuilder();
        if (!Files.isDirectory(state.logs())) {
            return "no logs";
        }
        try (Stream<Path> files = Files.list(state.logs())) {
            for (Path file : files.sorted().toList()) {
                List<String> lines = Files.readAllLines(file);
                text.append("== ").append(file.getFileName()).append('\n');
                lines.subList(Math.max(0, lines.size() - 15), lines.size())
                        .forEach(line -> text.append(line).append('\n'));
            }
        } catch (IOException gone) {
            text.append(gone);
        }
        return text.toString();
    }

    /** Every process that runs in one of its namespaces, and its supervisor. */
    Set<Long> processes() throws IOException {
        Set<Long> found =
                Stream.concat(entries("nodes").stream(), entries("pods").stream())
                        .map(entry -> entry.get("pid"))
                        .filter(Number.class::isInstance)
                        .map(pid -> ((Number) pid).longValue())
                        .collect(Collectors.toSet());
        if (control.status().get("pid") instanceof Number pid) {
            found.add(pid.longValue());
        }
        return found;
    }

    private void takeDown() {
        try {
            try {
                Command.run(LIMIT, sandbox("down")).orFail();
            } finally {
                manifests.delete();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            return; // The hook runs.
        }
        takeDown();
    }
}
