package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.PodStatus;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.net.NetworkException;
import io.ztunnel.sandbox.net.PodLink;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.KeptProcess;
import io.ztunnel.sandbox.process.NamespaceProcesses;
import io.ztunnel.sandbox.process.ProcessSpec;
import io.ztunnel.sandbox.process.Spawner;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The pods: each a namespace and at most one program, captured when its labels say so. */
final class PodRunner {
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** Longer than a node agent waits for its ztunnels. */
    private static final Duration REMOVAL_LIMIT = Duration.ofSeconds(15);

    private final SandboxNetwork network;
    private final StateDirectory state;
    private final EventLog log;
    private final Spawner spawner;
    private final ScheduledExecutorService thread;
    private final NodeRunner nodes;
    private final Map<ObjectKey, PodRuntime> running = new LinkedHashMap<>();

    /** Pods that go; a successor of the same name has to wait. */
    private final Set<ObjectKey> leaving = new HashSet<>();

    private boolean controlPlaneRuns = true;

    PodRunner(
            SandboxNetwork network,
            StateDirectory state,
            EventLog log,
            Spawner spawner,
            ScheduledExecutorService thread,
            NodeRunner nodes) {
        this.network = network;
        this.state = state;
        this.log = log;
        this.spawner = spawner;
        this.thread = thread;
        this.nodes = nodes;
        nodes.onCapture(this::captured);
    }

    Collection<PodRuntime> running() {
        return running.values();
    }

    /** As observed now; a pod that is being removed is in it no more. */
    Map<ObjectKey, PodStatus> statuses() {
        Map<ObjectKey, PodStatus> statuses = new HashMap<>();
        for (PodRuntime pod : running.values()) {
            statuses.put(pod.pod.key(), pod.status());
        }
        // Makes a difference once the pod is gone, so that its successor is started.
        leaving.forEach(key -> statuses.putIfAbsent(key, PodStatus.PENDING));
        return statuses;
    }

    /** Where the control plane takes connections, {@code HOST:PORT}, once there is one. */
    Optional<String> controlPlane() {
        return running.values().stream()
                .filter(pod -> pod.pod.isControlPlane() && pod.problem.isEmpty())
                .findFirst()
                .map(pod -> controlPlaneAddress(pod.pod));
    }

    private static String controlPlaneAddress(PodView pod) {
        String host = Literals.text(pod.addresses().getFirst());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + PodProgram.XDS_PORT;
    }

    /** Makes the pods be those, and captured where the value is true. */
    void reconcile(Map<PodView, Boolean> wanted) throws IOException {
        Map<ObjectKey, PodView> byKey = new HashMap<>();
        wanted.keySet().forEach(pod -> byKey.put(pod.key(), pod));
        for (PodRuntime pod : List.copyOf(running.values())) {
            PodView next = byKey.get(pod.pod.key());
            if (next == null || !next.runsLike(pod.pod)) {
                remove(pod);
            }
        }
        List<PodRuntime> fresh = new ArrayList<>();
        for (PodView pod : wanted.keySet()) {
            if (!running.containsKey(pod.key())
                    && !leaving.contains(pod.key())
                    && nodes.get(pod.node()) != null) {
                fresh.add(enter(pod));
            }
        }
        join(fresh);
        wanted.forEach(
                (pod, capture) ->
                        Optional.ofNullable(running.get(pod.key()))
                                .ifPresent(runtime -> capture(runtime, capture)));
        startPrograms();
    }

    private PodRuntime enter(PodView pod) {
        String space;
        String problem = "";
        try {
            space = network.names().pod(pod.key().namespace(), pod.key().name());
        } catch (IllegalArgumentException unusable) {
            space = network.names().root() + "-none";
            problem = String.valueOf(unusable.getMessage());
        }
        PodRuntime runtime = new PodRuntime(pod, SandboxNames.path(space));
        runtime.problem = problem;
        running.put(pod.key(), runtime);
        return runtime;
    }

    /** All at once, or one by one when one of them is in the way of the others. */
    private void join(List<PodRuntime> fresh) throws IOException {
        List<PodRuntime> usable = fresh.stream().filter(pod -> pod.problem.isEmpty()).toList();
        if (usable.isEmpty()) {
            return;
        }
        try {
            network.addPods(usable.stream().map(PodRunner::link).toList());
        } catch (NetworkException oneOfThem) {
            for (PodRuntime pod : usable) {
                network.removePod(pod.pod.key().namespace(), pod.pod.key().name());
            }
            usable.forEach(this::joinAlone);
        }
        for (PodRuntime pod : usable) {
            if (pod.problem.isEmpty()) {
                network.setEtcFile(
                        pod.namespace.getFileName().toString(),
                        "resolv.conf",
                        NameServer.resolvConf(
                                pod.pod.key().namespace(), nodes.options().families()));
                log.add(
                        "pod "
                                + pod.pod.key().namespace()
                                + "/"
                                + pod.pod.key().name()
                                + " is on "
                                + pod.pod.node());
            }
        }
    }

    private void joinAlone(PodRuntime pod) {
        try {
            network.addPods(List.of(link(pod)));
        } catch (NetworkException failed) {
            pod.problem = String.valueOf(failed.getMessage());
            try {
                network.removePod(pod.pod.key().namespace(), pod.pod.key().name());
            } catch (IOException stays) {
                pod.problem += "; and what there is of it stays: " + stays.getMessage();
            }
        }
    }

    private static PodLink link(PodRuntime pod) {
        return new PodLink(
                pod.pod.key().namespace(),
                pod.pod.key().name(),
                pod.pod.node(),
                pod.pod.addresses());
    }

    private void capture(PodRuntime pod, boolean wanted) {
        NodeRuntime node = nodes.get(pod.pod.node());
        if (pod.problem.isEmpty() && node != null && pod.wantsCapture != wanted) {
            pod.wantsCapture = wanted;
            node.captures.want(pod.forAgent(), wanted);
        }
    }

    private void captured(String uid, boolean captured) {
        for (PodRuntime pod : running.values()) {
            if (pod.pod.uid().equals(uid)) {
                pod.captured = captured;
            }
        }
    }

    /** Starts what can be: a waypoint waits for the control plane's address and for the CA. */
    void startPrograms() {
        Optional<String> controlPlane = controlPlane();
        for (PodRuntime pod : running.values()) {
            boolean stopped = pod.pod.isControlPlane() && !controlPlaneRuns;
            boolean waits =
                    switch (pod.program) {
                        case PodProgram.Idle _ -> true;
                        case PodProgram.Waypoint _ ->
                                controlPlane.isEmpty() || !Files.exists(state.rootCertificate());
                        case PodProgram.Istiod _, PodProgram.App _, PodProgram.Host _ -> false;
                    };
            if (!waits && !stopped && pod.process == null && pod.problem.isEmpty()) {
                String address =
                        pod.program instanceof PodProgram.Istiod
                                ? controlPlaneAddress(pod.pod)
                                : controlPlane.orElse("");
                start(
                        pod,
                        pod.program.command(pod.pod, state, address, nodes.options().waypoint()));
            }
        }
    }

    private void start(PodRuntime pod, List<String> command) {
        KeptProcess process =
                new KeptProcess(
                        new ProcessSpec(
                                pod.program.text() + " in pod " + pod.pod.name(),
                                pod.namespace.getFileName().toString(),
                                command,
                                ZtunnelEnvironment.base(),
                                state.log(pod.pod.name())),
                        spawner,
                        thread,
                        new ProcessEvents(log));
        pod.process = process;
        process.start();
    }

    private void remove(PodRuntime pod) {
        running.remove(pod.pod.key());
        leaving.add(pod.pod.key());
        KeptProcess process = pod.process;
        NodeRuntime node = nodes.get(pod.pod.node());
        CompletableFuture<Void> ended =
                process == null ? CompletableFuture.completedFuture(null) : process.stop(GRACE);
        var _ =
                ended.thenCompose(
                                _ ->
                                        node == null
                                                ? CompletableFuture.<Void>completedFuture(null)
                                                : node.captures.forget(pod.pod.uid()))
                        .orTimeout(REMOVAL_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                        .handleAsync((_, _) -> removeNamespace(pod), thread);
    }

    private boolean removeNamespace(PodRuntime pod) {
        leaving.remove(pod.pod.key());
        if (!pod.problem.isEmpty()) {
            return false;
        }
        try {
            NamespaceProcesses.end(List.of(pod.namespace), Duration.ZERO);
            network.removePod(pod.pod.key().namespace(), pod.pod.key().name());
            Files.deleteIfExists(state.log(pod.pod.name()));
            state.deletePodFiles(pod.pod.key());
            log.add("pod " + pod.pod.key().namespace() + "/" + pod.pod.key().name() + " is gone");
            return true;
        } catch (IOException failed) {
            log.add(
                    "error: something is left of pod "
                            + pod.pod.name()
                            + ": "
                            + failed.getMessage());
            return false;
        }
    }

    void controlPlane(boolean run) {
        controlPlaneRuns = run;
        for (PodRuntime pod : running.values()) {
            KeptProcess process = pod.process;
            if (pod.pod.isControlPlane() && process != null) {
                if (run) {
                    process.start();
                } else {
                    var _ = process.stop(GRACE);
                }
            }
        }
    }

    /**
     * @return why not, empty when it is being done
     */
    Optional<String> restart(String target) {
        List<PodRuntime> matching = PodNames.matching(running.values(), target);
        if (matching.size() != 1) {
            return Optional.of(PodNames.problem(matching, target));
        }
        KeptProcess process = matching.getFirst().process;
        if (process == null) {
            return Optional.of("pod " + matching.getFirst().pod.name() + " runs no program");
        }
        var _ = process.stop(GRACE).thenRun(process::start);
        return Optional.empty();
    }

    List<String> notReady() {
        List<String> lines = new ArrayList<>();
        for (PodRuntime pod : running.values()) {
            String name = "pod " + pod.pod.key().namespace() + "/" + pod.pod.key().name();
            if (!pod.problem.isEmpty()) {
                lines.add(name + " has no network: " + pod.problem);
            } else if (!pod.status().ready()) {
                lines.add(name + " is not ready; its log is " + state.log(pod.pod.name()));
            } else if (pod.wantsCapture && !pod.captured) {
                lines.add(name + " is not captured yet");
            } else if (!pod.wantsCapture && pod.captured) {
                lines.add(name + " is not released yet");
            }
        }
        leaving.forEach(key -> lines.add(key + " is still going"));
        return lines;
    }

    List<String> problems() {
        return running.values().stream()
                .filter(pod -> !pod.problem.isEmpty())
                .map(pod -> "error: " + pod.pod.key() + " has no network: " + pod.problem)
                .toList();
    }
}
