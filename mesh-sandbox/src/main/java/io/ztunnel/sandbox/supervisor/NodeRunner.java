package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.net.NodeLink;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.KeptProcess;
import io.ztunnel.sandbox.process.ProcessSpec;
import io.ztunnel.sandbox.process.Spawner;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The nodes: each a namespace, a node agent and a ztunnel. A node whose manifest is removed stays
 * until the sandbox goes down; it has no pods any more.
 */
final class NodeRunner {
    private static final Duration GRACE = Duration.ofSeconds(7);

    /** A ztunnel that is ready is left in peace: what measures it shall not measure us. */
    private static final int TICKS_PER_PROBE_OF_READY = 20;

    private final SandboxOptions options;
    private final SandboxNetwork network;
    private final StateDirectory state;
    private final EventLog log;
    private final Spawner spawner;
    private final ScheduledExecutorService thread;
    private final CaptureAgent.Factory agents;
    private final Executor waiters = task -> Thread.ofVirtual().start(task);
    private final Map<String, NodeRuntime> running = new LinkedHashMap<>();
    private final Map<String, String> problems = new LinkedHashMap<>();

    /** Told on the supervisor's thread. */
    interface CaptureListener {
        void captured(String uid, boolean captured);
    }

    private int ticks;
    private CaptureListener captureListener = (uid, captured) -> {};

    NodeRunner(
            SandboxOptions options,
            SandboxNetwork network,
            StateDirectory state,
            EventLog log,
            Spawner spawner,
            ScheduledExecutorService thread,
            CaptureAgent.Factory agents) {
        this.options = options;
        this.network = network;
        this.state = state;
        this.log = log;
        this.spawner = spawner;
        this.thread = thread;
        this.agents = agents;
    }

    void onCapture(CaptureListener listener) {
        captureListener = listener;
    }

    SandboxOptions options() {
        return options;
    }

    Collection<NodeRuntime> running() {
        return running.values();
    }

    Collection<String> names() {
        return running.keySet();
    }

    Collection<String> problems() {
        return problems.values();
    }

    @Nullable NodeRuntime get(String node) {
        return running.get(node);
    }

    void reconcile(List<KubeObject> objects) {
        for (KubeObject object : objects) {
            if (object.kind() == Kind.NODE && !running.containsKey(object.name())) {
                add(object);
            }
        }
    }

    private void add(KubeObject object) {
        if (problems.containsKey(object.name())) {
            return;
        }
        try {
            NodeLink link = NodeRuntime.link(object);
            if (link.addresses().isEmpty()) {
                throw new IOException("it has no usable status.addresses");
            }
            network.addNodes(List.of(link));
            network.setEtcFile(
                    network.names().node(link.name()),
                    "resolv.conf",
                    NameServer.resolvConf("", options.families()));
            CaptureAgent agent = agents.open(link.name(), state.agentSocket(link.name()));
            Captures captures = new Captures(link.name(), agent, new CaptureEvents());
            running.put(link.name(), new NodeRuntime(link, captures));
            log.add("node " + link.name() + " is there");
        } catch (IOException | RuntimeException failed) {
            problems.put(
                    object.name(),
                    "error: "
                            + object.origin()
                            + ": node "
                            + object.name()
                            + " cannot be made: "
                            + failed.getMessage());
        }
    }

    private final class CaptureEvents implements Captures.Listener {
        @Override
        public void captured(CaptureAgent.Pod pod) {
            log.add("pod " + pod.podNamespace() + "/" + pod.name() + " is captured");
            tell(pod, true);
        }

        @Override
        public void released(CaptureAgent.Pod pod) {
            log.add("pod " + pod.podNamespace() + "/" + pod.name() + " is released");
            tell(pod, false);
        }

        @Override
        public void failed(CaptureAgent.Pod pod, String action, String why) {
            log.add(
                    "error: cannot "
                            + action
                            + " pod "
                            + pod.podNamespace()
                            + "/"
                            + pod.name()
                            + ", trying again: "
                            + why);
        }

        private void tell(CaptureAgent.Pod pod, boolean captured) {
            try {
                thread.execute(() -> captureListener.captured(pod.uid(), captured));
            } catch (RejectedExecutionException closing) {
                // The sandbox goes down.
            }
        }
    }

    /**
     * Starts what can be started now and asks the ztunnels how they are.
     *
     * @param controlPlane where it is, as soon as that is known
     */
    void tick(Optional<String> controlPlane) {
        ticks++;
        for (NodeRuntime node : running.values()) {
            KeptProcess ztunnel = node.ztunnel;
            if (ztunnel != null) {
                probe(node, ztunnel);
            } else if (controlPlane.isPresent() && hasCredentials(node)) {
                start(node, controlPlane.get());
            }
        }
    }

    /** A ztunnel decides at its start what the paths in its environment mean. */
    private boolean hasCredentials(NodeRuntime node) {
        return Files.exists(state.rootCertificate())
                && Files.exists(state.nodeToken(node.link.name()));
    }

    private void start(NodeRuntime node, String controlPlane) {
        String name = node.link.name();
        KeptProcess ztunnel =
                new KeptProcess(
                        new ProcessSpec(
                                "ztunnel of " + name,
                                network.names().node(name),
                                List.of(options.ztunnel().toString(), "proxy"),
                                ZtunnelEnvironment.of(
                                        node.link, state, controlPlane, options.dnsCapture()),
                                state.log(name)),
                        spawner,
                        thread,
                        new ProcessEvents(log));
        node.ztunnel = ztunnel;
        ztunnel.start();
    }

    private void probe(NodeRuntime node, KeptProcess ztunnel) {
        if (ztunnel.pid().isEmpty()) {
            node.ready = false;
        } else if (!node.probing && (!node.ready || ticks % TICKS_PER_PROBE_OF_READY == 0)) {
            node.probing = true;
            String space = network.names().node(node.link.name());
            var _ =
                    ReadinessProbe.ask(SandboxNames.path(space), waiters)
                            .thenAcceptAsync(ready -> answered(node, ready), thread);
        }
    }

    private void answered(NodeRuntime node, boolean ready) {
        node.probing = false;
        if (node.ready != ready) {
            node.ready = ready;
            log.add("ztunnel of " + node.link.name() + (ready ? " is ready" : " is not ready"));
        }
    }

    boolean restart(String name) {
        NodeRuntime node = running.get(name);
        if (node == null) {
            return false;
        }
        KeptProcess ztunnel = node.ztunnel;
        if (ztunnel != null) {
            node.ready = false;
            var _ = ztunnel.stop(GRACE).thenRun(ztunnel::start);
        }
        return true;
    }

    List<String> notReady() {
        List<String> lines = new ArrayList<>();
        for (NodeRuntime node : running.values()) {
            if (node.ztunnel == null) {
                lines.add(
                        "ztunnel of "
                                + node.link.name()
                                + " waits for the CA to write its root certificate and token");
            } else if (!node.ready) {
                lines.add(
                        "ztunnel of "
                                + node.link.name()
                                + " is not ready; its log is "
                                + state.log(node.link.name()));
            }
        }
        return lines;
    }

    void close() {
        running.values().forEach(node -> node.captures.close());
    }
}
