package io.ztunnel.sandbox.conformance.mesh;

import com.google.protobuf.ByteString;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.conformance.peer.Place;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec.PodSpec;
import io.ztunnel.sandbox.conformance.scenario.ResourceTemplate;
import io.ztunnel.sandbox.conformance.scenario.XdsResource;
import io.ztunnel.sandbox.istiod.RawControlPlane;
import io.ztunnel.sandbox.istiod.SigningAuthority;
import io.ztunnel.sandbox.net.NodeLink;
import io.ztunnel.sandbox.net.PodLink;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.Teardown;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A mesh that is up. Removed when it is closed and when this JVM ends; what a killed one left is
 * removed by the next.
 */
public final class ConformanceMesh implements AutoCloseable {
    private static final String TRUST_DOMAIN = "cluster.local";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String REVOCATIONS = "crl.pem";
    private static final int XDS_PORT = 15012;
    private static final int LOOPS = 2;

    private final MeshSpec spec;
    private final Family family;
    private final AddressPlan addresses;
    private final SandboxNames names;
    private final StateDirectory state;
    private final SandboxNetwork network;
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(LOOPS, NioIoHandler.newFactory());
    private final List<AutoCloseable> closers = new ArrayList<>();
    private final Thread hook = new Thread(this::remove, "conformance-down");
    private final Nodes nodes;
    private final MeshNames meshNames;
    private RawControlPlane controlPlane;
    private SigningAuthority authority;

    private ConformanceMesh(MeshSpec spec, Family family, Executables programs, String id)
            throws IOException {
        this.spec = spec;
        this.family = family;
        this.addresses = new AddressPlan(spec, family);
        this.names = new SandboxNames(id);
        this.state = StateDirectory.of(names);
        this.network = new SandboxNetwork(names);
        this.meshNames = new MeshNames(spec, addresses);
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            Teardown.all(names);
            state.create();
            long pid = ProcessHandle.current().pid();
            Files.writeString(
                    state.pidFile(),
                    ProcessIdentity.of(pid).map(ProcessIdentity::encode).orElse(""));
            network.create();
            network.addNodes(addresses.nodes());
            for (InetAddress address : addresses.controlPlane()) {
                network.addRootAddress(address);
            }
            // What is sent to an address that nobody has gets lost without an answer.
            for (String block : addresses.unused()) {
                network.addBlackHole(block);
            }
            network.addPods(addresses.pods());
            if (!spec.sysctls().isEmpty()) {
                for (PodLink pod : addresses.pods()) {
                    network.addSettings(names.pod(pod.namespace(), pod.name()), spec.sysctls());
                }
            }
            controlPlane = startControlPlane();
            authority =
                    SigningAuthority.open(state.authority(), TRUST_DOMAIN, InstantSource.system());
            revoke(List.of());
            closers.add(NameService.start(spec, addresses, network, loops));
            nodes = new Nodes(spec, family, network, state, programs, controlPlaneAddress());
            closers.add(nodes);
            for (NodeLink node : addresses.nodes()) {
                writeToken(node.name());
                nodes.add(node);
            }
            publish(List.of(), Set.of());
            recover();
        } catch (IOException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /**
     * Brings a mesh up and returns when all its pods are captured. Needs root.
     *
     * @param id of the sandbox, unlike that of any other
     */
    public static ConformanceMesh up(MeshSpec spec, Family family, Executables programs, String id)
            throws IOException {
        return new ConformanceMesh(spec, family, programs, id);
    }

    private RawControlPlane startControlPlane() throws IOException {
        NetworkNamespace root = NetworkNamespace.named(names.root());
        closers.add(root);
        RawControlPlane started =
                RawControlPlane.start(
                        root,
                        controlPlaneAddress(),
                        state.folder(),
                        TRUST_DOMAIN,
                        "Kubernetes",
                        this::runsOn);
        closers.add(started);
        return started;
    }

    /** One ztunnel for one pod says that it is the pod. */
    private void writeToken(String node) throws IOException {
        Path file = state.nodeToken(node);
        Optional<PodSpec> own = spec.pod(spec.dedicated().getOrDefault(node, ""));
        if (own.isPresent()) {
            PodSpec pod = own.get();
            controlPlane.writeToken(pod.namespace(), pod.serviceAccount(), pod.name(), node, file);
        } else {
            controlPlane.writeToken(node, file);
        }
    }

    private InetSocketAddress controlPlaneAddress() {
        return new InetSocketAddress(addresses.controlPlane().getFirst(), XDS_PORT);
    }

    private boolean runsOn(String node, String namespace, String serviceAccount) {
        return spec.pods().stream()
                        .anyMatch(
                                pod ->
                                        pod.node().equals(node)
                                                && pod.namespace().equals(namespace)
                                                && pod.serviceAccount().equals(serviceAccount))
                || (namespace.equals("istio-system") && serviceAccount.equals("ztunnel"));
    }

    /** The name server that pods and ztunnels have in their configuration. */
    public InetSocketAddress nameServer() {
        return new InetSocketAddress(addresses.controlPlane().getFirst(), NameService.PORT);
    }

    public MeshSpec spec() {
        return spec;
    }

    public Family family() {
        return family;
    }

    public EventLoopGroup loops() {
        return loops;
    }

    /** Signs for anybody. */
    public SigningAuthority authority() {
        return authority;
    }

    /** A folder that ztunnels can read, for files of scenarios such as revocation lists. */
    public Path folder() {
        return state.folder();
    }

    /**
     * Replaces the list of revoked certificates, which ztunnels with a {@code CRL_PATH} of {@code
     * $(folder)/crl.pem} read.
     */
    public void revoke(List<X509Certificate> revoked) throws IOException {
        Path file = state.folder().resolve(REVOCATIONS);
        Path next = state.folder().resolve(REVOCATIONS + ".next");
        Files.writeString(next, authority.revocationList(revoked));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What names in scenarios stand for. */
    public MeshNames names() {
        return meshNames;
    }

    /** A pod, or a node. */
    public Place place(String name) {
        return spec.pod(name)
                .map(pod -> new Place(name, names.pod(pod.namespace(), pod.name())))
                .orElseGet(() -> new Place(name, names.node(name)));
    }

    public Ztunnel ztunnel(String node) {
        return nodes.get(node);
    }

    public List<Ztunnel> ztunnels() {
        return spec.nodes().stream().map(this::ztunnel).toList();
    }

    /** Ends of ztunnels that nobody had asked for, since the last call. */
    public List<String> crashes() {
        return nodes.crashes();
    }

    /**
     * Serves the mesh's own resources and these, which win, and returns when every ztunnel that
     * runs has acknowledged them.
     *
     * @param gone names of the mesh's resources that are not served
     */
    public void publish(List<XdsResource> resources, Set<String> gone) throws IOException {
        Map<String, Map<String, ByteString>> all = new HashMap<>();
        all.put(XdsResource.ADDRESS, new HashMap<>());
        all.put(XdsResource.AUTHORIZATION, new HashMap<>());
        List<XdsResource> everything = new ArrayList<>();
        meshNames.workloads().forEach(workload -> everything.add(XdsResource.of(workload)));
        for (ResourceTemplate template : spec.resources()) {
            everything.add(template.build(meshNames, meshNames::workload));
        }
        everything.removeIf(resource -> gone.contains(resource.name()));
        everything.addAll(resources);
        for (XdsResource resource : everything) {
            all.computeIfAbsent(resource.typeUrl(), type -> new HashMap<>())
                    .put(resource.name(), resource.content());
        }
        controlPlane.publish(all);
        await("every ztunnel has acknowledged what is published", this::isSettled);
    }

    private boolean isSettled() throws IOException {
        long running = nodes.running();
        try {
            return controlPlane.settled().get(LIMIT.toSeconds(), TimeUnit.SECONDS) >= running;
        } catch (ExecutionException | TimeoutException failed) {
            throw new IOException("the control plane does not answer", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /**
     * Starts a second ztunnel of a node, in a pod, and returns when it is ready to take over.
     *
     * @param as what {@link #ztunnel} knows it by from now on
     */
    public void roll(String node, String as, String in) throws IOException {
        NodeLink link =
                addresses.nodes().stream()
                        .filter(one -> one.name().equals(node))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no node " + node));
        Ztunnel next = nodes.addSuccessor(link, as, place(in));
        next.start();
        await("the ztunnel that takes over is ready", next::isReady);
    }

    /** Hands a pod to its ztunnel, or takes it away again. */
    public void capture(String name, boolean captured) throws IOException {
        PodSpec pod =
                spec.pod(name).orElseThrow(() -> new IllegalArgumentException("no pod " + name));
        nodes.capture(pod, captured);
    }

    /** Starts what a scenario has stopped and captures what it has released. */
    public void recover() throws IOException {
        for (Ztunnel ztunnel : ztunnels()) {
            if (!ztunnel.isRunning()) {
                ztunnel.start();
            }
        }
        await(
                "every ztunnel is ready",
                () -> ztunnels().stream().allMatch(Ztunnel::isReady) && isSettled());
        for (PodSpec pod : spec.pods()) {
            if (pod.captured()) {
                nodes.capture(pod, true);
            }
        }
        nodes.removeSuccessors();
    }

    /** A condition that may take a while to hold. */
    interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(String what, Condition condition) throws IOException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IOException(
                        "it takes more than " + LIMIT.toSeconds() + " s until " + what);
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
        }
    }

    private synchronized void remove() {
        for (AutoCloseable closer : closers.reversed()) {
            try {
                closer.close();
            } catch (Exception failed) {
                System.err.println("conformance: " + failed);
            }
        }
        closers.clear();
        try {
            Teardown.all(names);
        } catch (IOException failed) {
            System.err.println(
                    "conformance: something is left of sandbox "
                            + names.id()
                            + ": "
                            + failed.getMessage());
        }
    }

    @Override
    public void close() {
        remove();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook finds nothing left to do.
        }
    }
}
