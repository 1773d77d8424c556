package io.ztunnel.sandbox.conformance.mesh;

import io.netty.util.NetUtil;
import io.ztunnel.sandbox.conformance.peer.Place;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec.PodSpec;
import io.ztunnel.sandbox.net.NodeLink;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.KeptProcess;
import io.ztunnel.sandbox.process.ProcessSpec;
import io.ztunnel.sandbox.process.Spawner;
import io.ztunnel.sandbox.supervisor.AmbientAgent;
import io.ztunnel.sandbox.supervisor.CaptureAgent;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.ZtunnelEnvironment;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The node agents and ztunnels of a mesh. */
final class Nodes implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final MeshSpec spec;
    private final Family family;
    private final SandboxNetwork network;
    private final StateDirectory state;
    private final Executables programs;
    private final InetSocketAddress controlPlane;
    private final Spawner spawner = new Spawner();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("conformance-processes").factory());
    private final Map<String, CaptureAgent> agents = new HashMap<>();
    private final Map<String, Ztunnel> ztunnels = new HashMap<>();
    private final List<KeptProcess> processes = new ArrayList<>();
    private final Map<String, Ztunnel> successors = new HashMap<>();
    private final Set<String> captured = new HashSet<>();
    private final List<String> crashes = new ArrayList<>();

    Nodes(
            MeshSpec spec,
            Family family,
            SandboxNetwork network,
            StateDirectory state,
            Executables programs,
            InetSocketAddress controlPlane) {
        this.spec = spec;
        this.family = family;
        this.network = network;
        this.state = state;
        this.programs = programs;
        this.controlPlane = controlPlane;
    }

    void add(NodeLink node) throws IOException {
        String name = node.name();
        agents.put(
                name,
                AmbientAgent.factory(family.hasIpv6(), capturesDns())
                        .open(name, state.agentSocket(name)));
        Optional<DedicatedPod> own = dedicated(name);
        if (own.isPresent()) {
            own.get().redirect(network, controlPlane.getAddress(), family.hasIpv6());
        }
        String space = own.map(DedicatedPod::namespace).orElseGet(() -> network.names().node(name));
        ztunnels.put(name, ztunnel(node, new Place(name, space), programs.on(name)));
    }

    private boolean capturesDns() {
        return "true".equals(spec.environment().get("ISTIO_META_DNS_CAPTURE"));
    }

    /** One that shares a node with another, in a place where their ports do not meet. */
    Ztunnel addSuccessor(NodeLink node, String name, Place in) {
        Place place = new Place(name, in.namespace());
        Ztunnel successor = ztunnel(node, place, programs.after(node.name()));
        if (ztunnels.containsKey(name) || successors.put(name, successor) != null) {
            throw new IllegalArgumentException("there is another ztunnel '" + name + "'");
        }
        return successor;
    }

    /** When the usual ones run again. */
    void removeSuccessors() {
        successors.values().forEach(Ztunnel::stop);
        successors.values().forEach(successor -> successor.stopped().join());
        successors.clear();
    }

    /** How many ztunnels run, or should. */
    long running() {
        return Stream.of(ztunnels, successors)
                .flatMap(all -> all.values().stream())
                .filter(Ztunnel::isRunning)
                .count();
    }

    private Ztunnel ztunnel(NodeLink node, Place place, Path program) {
        Map<String, String> environment =
                new TreeMap<>(
                        ZtunnelEnvironment.of(
                                node,
                                state,
                                NetUtil.toSocketAddressString(controlPlane),
                                capturesDns()));
        spec.environment()
                .forEach(
                        (key, value) ->
                                environment.put(
                                        key,
                                        value.replace("$(folder)", state.folder().toString())));
        dedicated(node.name()).ifPresent(pod -> pod.configure(environment));
        Path log = state.log(place.name());
        KeptProcess process =
                new KeptProcess(
                        new ProcessSpec(
                                "ztunnel of " + place.name(),
                                place.namespace(),
                                command(program),
                                environment,
                                log),
                        spawner,
                        thread,
                        new Crashes());
        processes.add(process);
        return new Ztunnel(place, log, process);
    }

    /** A shell that runs this in the background ignores SIGINT, and so would all below it. */
    private static List<String> command(Path program) {
        return List.of("env", "--default-signal=INT", program.toString(), "proxy");
    }

    /** The pod that the node's ztunnel is in and serves, if it is for one only. */
    private Optional<DedicatedPod> dedicated(String node) {
        return spec.pod(spec.dedicated().getOrDefault(node, ""))
                .map(
                        pod ->
                                new DedicatedPod(
                                        pod, network.names().pod(pod.namespace(), pod.name())));
    }

    private final class Crashes implements KeptProcess.Listener {
        @Override
        public void started(KeptProcess process, long pid) {
            // Readiness tells more.
        }

        @Override
        public void failed(KeptProcess process, String how, Duration pause) {
            synchronized (crashes) {
                crashes.add(process.spec().name() + " ended with " + how);
            }
        }
    }

    List<String> crashes() {
        synchronized (crashes) {
            List<String> seen = List.copyOf(crashes);
            crashes.clear();
            return seen;
        }
    }

    Ztunnel get(String node) {
        Ztunnel ztunnel = ztunnels.getOrDefault(node, successors.get(node));
        if (ztunnel == null) {
            throw new IllegalArgumentException("the mesh has no node '" + node + "'");
        }
        return ztunnel;
    }

    void capture(PodSpec pod, boolean wanted) throws IOException {
        CaptureAgent agent = agents.get(pod.node());
        if (agent == null || captured.contains(pod.name()) == wanted) {
            return;
        }
        CaptureAgent.Pod known =
                new CaptureAgent.Pod(
                        pod.uid(),
                        pod.name(),
                        pod.namespace(),
                        pod.serviceAccount(),
                        Map.of(),
                        SandboxNames.path(network.names().pod(pod.namespace(), pod.name())));
        if (!wanted) {
            agent.release(known);
            captured.remove(pod.name());
        } else if (agent.capture(known)) {
            captured.add(pod.name());
        } else {
            throw new IOException("the ztunnel of " + pod.node() + " has not taken " + pod.name());
        }
    }

    @Override
    public void close() {
        for (KeptProcess process : processes) {
            try {
                process.stop(GRACE).orTimeout(2 * GRACE.toSeconds(), TimeUnit.SECONDS).join();
            } catch (CompletionException late) {
                System.err.println("conformance: " + process.spec().name() + " does not end");
            }
        }
        agents.values().forEach(CaptureAgent::close);
        thread.shutdownNow();
        spawner.close();
    }
}
