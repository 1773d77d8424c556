package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.CaptureRule;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.ClusterState;
import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.cluster.PodStatus;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.ManifestWatcher;
import io.ztunnel.sandbox.manifest.Manifests;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.process.Spawner;
import io.ztunnel.sandbox.synthetic.SyntheticMesh;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The sandbox while it is up: whenever a manifest or the state of a pod changes, it works out what
 * the cluster holds and brings nodes, pods, captures and service addresses there. A failure of one
 * object is a line in the log and in the status; the others go on.
 */
public final class Supervisor implements AutoCloseable {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(30);
    private static final int TICKS_PER_TRIM = 50;

    private final SandboxOptions options;
    private final ClusterSettings settings;
    private final SandboxNames names;
    private final StateDirectory state;
    private final EventLog log;
    private final ProblemBook problems;
    private final ScheduledExecutorService thread;
    private final Spawner spawner = new Spawner();
    private final SandboxNetwork network;
    private final NodeRunner nodes;
    private final PodRunner pods;
    private final ServiceProgrammer services;
    private final NameServer nameServer;

    // On the supervisor's thread.
    private @Nullable ManifestSet manifests;
    private ClusterMemory memory = ClusterMemory.EMPTY;
    private Map<ObjectKey, PodStatus> observed = Map.of();
    private String written = "";
    private int ticks;

    private final Thread shutdown = new Thread(this::close, "sandbox-shutdown");
    private volatile boolean closed;
    private @Nullable ManifestWatcher watcher;

    private Supervisor(SandboxOptions options, CaptureAgent.Factory agents, EventLog log) {
        this.options = options;
        this.settings = options.settings();
        this.names = new SandboxNames(options.id());
        this.state = StateDirectory.of(names);
        this.log = log;
        this.problems = new ProblemBook(log);
        this.thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("sandbox-supervisor").factory());
        this.network = new SandboxNetwork(names);
        this.nodes = new NodeRunner(options, network, state, log, spawner, thread, agents);
        this.pods = new PodRunner(network, state, log, spawner, thread, nodes);
        this.services = new ServiceProgrammer(network, log);
        this.nameServer = new NameServer(network, state, log, spawner, thread);
    }

    /**
     * Makes the network's root and starts to follow the manifests. Also closed when the JVM is shut
     * down, by a signal for instance.
     *
     * @throws IOException when nothing could be started; then nothing is left
     */
    public static Supervisor start(SandboxOptions options, EventLog log) throws IOException {
        boolean ipv6 = options.families().contains(IpFamily.IPV6);
        return start(options, AmbientAgent.factory(ipv6, options.dnsCapture()), log);
    }

    static Supervisor start(SandboxOptions options, CaptureAgent.Factory agents, EventLog log)
            throws IOException {
        Supervisor supervisor = new Supervisor(options, agents, log);
        // Before anything is made: Ctrl-C may come at any moment.
        Runtime.getRuntime().addShutdownHook(supervisor.shutdown);
        try {
            supervisor.open();
            return supervisor;
        } catch (IOException | RuntimeException failed) {
            supervisor.close();
            throw failed;
        }
    }

    /** Holds the lock against a close meanwhile, which then finds all there is to remove. */
    private synchronized void open() throws IOException {
        if (closed) {
            throw new IOException("interrupted before anything was made");
        }
        Teardown.network(names);
        state.createAnew();
        ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
        StateDirectory.replace(state.pidFile(), self.encode() + "\n");
        network.create();
        nameServer.prepare(options.families());
        watcher = ManifestWatcher.start(options.manifests(), set -> post(() -> changed(set)));
        var _ =
                thread.scheduleWithFixedDelay(
                        () -> guarded(this::tick),
                        TICK.toMillis(),
                        TICK.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** An action of the supervisor's thread. */
    private interface Step {
        void run() throws IOException;
    }

    private void post(Step step) {
        try {
            thread.execute(() -> guarded(step));
        } catch (RejectedExecutionException closing) {
            // Nothing is to be done any more.
        }
    }

    private void guarded(Step step) {
        if (closed) {
            return;
        }
        try {
            step.run();
        } catch (IOException | RuntimeException failed) {
            log.add("error: " + failed);
        }
    }

    private void changed(ManifestSet set) throws IOException {
        manifests = set;
        reconcile();
    }

    private void tick() throws IOException {
        nodes.tick(pods.controlPlane());
        pods.startPrograms();
        if (!observed.equals(pods.statuses())) {
            reconcile();
        }
        if (++ticks % TICKS_PER_TRIM == 0) {
            LogFiles.trim(state.logs());
            network.checkUplink();
        }
    }

    /** Until nothing more follows: a pod that was started is another state to work out. */
    private void reconcile() throws IOException {
        ManifestSet set = manifests;
        if (set == null) {
            return;
        }
        for (int round = 0; round < 5; round++) {
            observed = pods.statuses();
            ClusterState cluster =
                    Cluster.materialize(
                            SystemManifests.complete(set.objects()),
                            settings,
                            memory,
                            RuntimeStatus.observed(observed));
            memory = cluster.memory();
            nodes.reconcile(cluster.objects());
            pods.reconcile(wanted(cluster.objects()));
            write(cluster.objects());
            services.reconcile(nodes.names(), ServiceTable.of(cluster.objects()));
            nameServer.start();
            tellProblems(set, cluster);
            if (observed.equals(pods.statuses())) {
                return;
            }
        }
    }

    private Map<PodView, Boolean> wanted(List<KubeObject> objects) {
        Map<String, KubeObject> namespaces = new HashMap<>();
        for (KubeObject object : objects) {
            if (object.kind() == Kind.NAMESPACE) {
                namespaces.put(object.name(), object);
            }
        }
        Map<PodView, Boolean> wanted = new LinkedHashMap<>();
        for (KubeObject object : objects) {
            KubeObject namespace = namespaces.get(object.namespace());
            if (object.kind() == Kind.POD && namespace != null) {
                boolean capture = CaptureRule.shouldCapture(namespace, object);
                PodView.of(object).ifPresent(pod -> wanted.put(pod, capture));
            }
        }
        return wanted;
    }

    private void write(List<KubeObject> objects) throws IOException {
        String yaml = Manifests.toYaml(objects);
        if (!yaml.equals(written)) {
            StateDirectory.replace(state.objects(), yaml);
            written = yaml;
        }
    }

    private void tellProblems(ManifestSet set, ClusterState cluster) {
        List<String> lines = new ArrayList<>();
        set.problems().stream().map(Problem::toString).forEach(lines::add);
        cluster.problems().stream().map(Problem::toString).forEach(lines::add);
        lines.addAll(nodes.problems());
        lines.addAll(pods.problems());
        problems.set(lines);
    }

    /** What is not as it should be yet, one line each; empty when everything is ready. */
    public List<String> notReady() throws IOException {
        return ask(
                () -> {
                    List<String> lines = new ArrayList<>();
                    if (manifests == null) {
                        lines.add("the manifests have not been read yet");
                    }
                    lines.addAll(nodes.notReady());
                    lines.addAll(pods.notReady());
                    return lines;
                });
    }

    /** The whole state as a tree of maps, lists, strings, numbers and booleans. */
    public Map<String, Object> status() throws IOException {
        return ask(
                () ->
                        StatusReport.of(
                                options, names, nodes.running(), pods.running(), problems.lines()));
    }

    /** Replaces what the control plane serves besides the manifests. */
    public void synthesize(SyntheticMesh mesh) throws IOException {
        ask(
                () -> {
                    StateDirectory.replace(state.synthetic(), mesh.toJson() + "\n");
                    log.add("control plane adds " + mesh.toJson());
                    return true;
                });
    }

    /** Stops or starts the programs of the control plane; its pods stay. */
    public void controlPlane(boolean run) throws IOException {
        ask(
                () -> {
                    log.add(run ? "control plane is started" : "control plane is stopped");
                    pods.controlPlane(run);
                    return true;
                });
    }

    /**
     * Ends the program of a pod or a node's ztunnel; it is started again.
     *
     * @param target {@code POD}, {@code POD.NAMESPACE} or the name of a node
     * @throws IOException when there is none of that name, or several
     */
    public void restart(String target) throws IOException {
        Optional<String> problem =
                ask(() -> nodes.restart(target) ? Optional.<String>empty() : pods.restart(target));
        if (problem.isPresent()) {
            throw new IOException(problem.get());
        }
    }

    private <T> T ask(Callable<T> question) throws IOException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            thread.execute(
                    () -> {
                        try {
                            answer.complete(question.call());
                        } catch (Exception failed) {
                            answer.completeExceptionally(failed);
                        }
                    });
            return answer.get(REQUEST_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            String reason = cause instanceof IOException ? cause.getMessage() : "" + cause;
            throw new IOException(reason, failed);
        } catch (RejectedExecutionException closing) {
            throw new IOException("the sandbox is going down", closing);
        } catch (TimeoutException late) {
            throw new IOException(
                    "the supervisor did not answer within " + REQUEST_LIMIT.toSeconds() + " s",
                    late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /** Ends everything and removes every trace. Idempotent; any thread but the supervisor's own. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        log.add("going down");
        if (watcher != null) {
            watcher.close();
        }
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(REQUEST_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.add("error: the supervisor's thread does not end; going on without it");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        nodes.close();
        try {
            Teardown.network(names);
            log.add("down");
            if (Files.exists(state.folder())) {
                state.delete();
            }
        } catch (IOException failed) {
            log.add("error: something is left of the sandbox: " + failed.getMessage());
        }
        spawner.close();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException shuttingDown) {
            // This is it.
        }
    }
}
