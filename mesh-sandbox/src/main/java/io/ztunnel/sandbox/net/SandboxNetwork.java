package io.ztunnel.sandbox.net;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The namespaces of one sandbox and the links between them. One thread at a time.
 *
 * <p>The root only forwards between nodes. The link between a node and the root is the node's
 * {@value LinkCommands#UPLINK}: every packet between nodes crosses it, so it is the place for a
 * capture, a shaper or a lossy rule.
 */
public final class SandboxNetwork {
    /** What the sandbox needs of the system, beside the JDK. */
    private static final List<String> PROGRAMS = List.of("ip", "nft", "sh", "setpriv", "setsid");

    private static final List<String> NO_SOURCE_CHECK =
            List.of("net/ipv4/conf/all/rp_filter=0", "net/ipv4/conf/default/rp_filter=0");

    private final SandboxNames names;
    private final Map<String, NodeLink> nodes = new LinkedHashMap<>();
    private final Map<String, NodeEnd> podLinks = new HashMap<>();
    private int nextDevice;

    /** The node's end of the link to a pod. */
    private record NodeEnd(String node, String device) {}

    public SandboxNetwork(SandboxNames names) {
        this.names = names;
    }

    public SandboxNames names() {
        return names;
    }

    /** The name of the device that joins a node to the root, inside the node. */
    public static String nodeDevice() {
        return LinkCommands.UPLINK;
    }

    /** Those programs the sandbox runs that this machine does not have. */
    public static List<String> missingPrograms() {
        return Tools.missing(PROGRAMS);
    }

    /**
     * Makes the root.
     *
     * @throws NetworkException also when it turns out to have an interface that the sandbox did not
     *     make, or to be the machine's own namespace
     */
    public void create() throws IOException {
        Tools.ip(List.of("netns add " + names.root()));
        UplinkGuard.check(names.root(), List.of());
        Tools.sysctlIn(names.root(), forwarding());
        Tools.ipIn(names.root(), List.of("link set lo up"));
    }

    /** Makes nodes and links them to the root. */
    public void addNodes(List<NodeLink> wanted) throws IOException {
        List<String> spaces = wanted.stream().map(node -> names.node(node.name())).toList();
        Tools.ip(spaces.stream().map(name -> "netns add " + name).toList());
        for (String space : spaces) {
            Tools.sysctlIn(space, forwarding());
        }
        List<String> root = new ArrayList<>();
        wanted.forEach(node -> root.addAll(LinkCommands.toNode(names, node)));
        Tools.ipIn(names.root(), root);
        for (NodeLink node : wanted) {
            Tools.ipIn(names.node(node.name()), LinkCommands.inNode(node));
            nodes.put(node.name(), node);
        }
        checkUplink();
    }

    /**
     * Asks again whether the root is still private.
     *
     * @throws NetworkException naming the interface that does not belong there
     */
    public void checkUplink() throws IOException {
        UplinkGuard.check(names.root(), List.copyOf(nodes.keySet()));
    }

    /**
     * Makes the namespaces of pods and joins them to their nodes. Several at once is cheaper.
     *
     * @throws NetworkException when any of them could not be made; what exists of all of them then
     *     must be removed by {@link #removePod}
     */
    public void addPods(Collection<PodLink> wanted) throws NetworkException {
        List<String> spaces = new ArrayList<>();
        Map<String, List<String>> byNode = new HashMap<>();
        for (PodLink pod : wanted) {
            if (!nodes.containsKey(pod.node())) {
                throw new NetworkException(
                        "pod "
                                + pod.namespace()
                                + "/"
                                + pod.name()
                                + " is on unknown node '"
                                + pod.node()
                                + "'");
            }
            String space = names.pod(pod.namespace(), pod.name());
            NodeEnd end = new NodeEnd(pod.node(), "pod" + nextDevice++);
            spaces.add("netns add " + space);
            podLinks.put(space, end);
            byNode.computeIfAbsent(pod.node(), node -> new ArrayList<>())
                    .addAll(LinkCommands.toPod(names, pod, end.device()));
        }
        Tools.ip(spaces);
        for (Map.Entry<String, List<String>> node : byNode.entrySet()) {
            Tools.ipIn(names.node(node.getKey()), node.getValue());
        }
        for (PodLink pod : wanted) {
            String space = names.pod(pod.namespace(), pod.name());
            Tools.sysctlIn(space, NO_SOURCE_CHECK);
            Tools.ipIn(space, LinkCommands.inPod(pod));
        }
    }

    /**
     * Removes a pod's link, addresses and namespace, or what there is of them. The link goes first:
     * the kernel cleans up a namespace some time later, and until then the routes to the pod's
     * address would stand in the way of a successor.
     */
    public void removePod(String namespace, String name) throws IOException {
        String space = names.pod(namespace, name);
        NodeEnd end = podLinks.remove(space);
        if (end != null && Files.exists(SandboxNames.path(space))) {
            String node = names.node(end.node());
            if (Tools.run("", List.of("ip", "-netns", node, "-brief", "link"))
                    .lines()
                    .anyMatch(line -> line.startsWith(end.device() + "@"))) {
                Tools.ipIn(node, List.of("link del " + end.device()));
            }
        }
        removeNamespaces(List.of(space));
        deleteEtc(space);
    }

    /**
     * Gives the root a further address, on its loopback device: every node's way out leads there.
     */
    public void addRootAddress(InetAddress address) throws NetworkException {
        String length = address instanceof Inet6Address ? "/128" : "/32";
        String text = LinkCommands.text(address) + length;
        Tools.ipIn(names.root(), List.of("addr replace " + text + " dev lo"));
    }

    /** Has the root drop what is sent to a block of addresses, without telling the sender. */
    public void addBlackHole(String block) throws NetworkException {
        Tools.ipIn(names.root(), List.of("route replace blackhole " + block));
    }

    /** Replaces what a node does with service addresses, in one transaction. */
    public void setServices(String node, Collection<ServiceAddress> services)
            throws NetworkException {
        Tools.nftIn(names.node(node), ServiceRules.render(services));
    }

    /** Writes settings such as {@code net/ipv4/ip_forward=1} inside a namespace. */
    public void addSettings(String space, List<String> settings) throws NetworkException {
        Tools.sysctlIn(space, settings);
    }

    /** Loads nftables rules inside a namespace; all of them or, on any error, none. */
    public void addRules(String space, String rules) throws NetworkException {
        Tools.nftIn(space, rules);
    }

    /**
     * Sets a file that processes started by {@code ip netns exec} in a namespace see below {@code
     * /etc}, such as {@code resolv.conf}.
     */
    public void setEtcFile(String space, String file, String content) throws IOException {
        Path folder = SandboxNames.etc(space);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(file), content);
    }

    /**
     * Removes every namespace and every file of the sandbox, also those that an earlier process
     * left. Processes in them must be gone: a namespace lives as long as one of them.
     */
    public void removeAll() throws IOException {
        nodes.clear();
        podLinks.clear();
        removeNamespaces(names.existing());
        for (String space : names.existingEtc()) {
            deleteEtc(space);
        }
        removeIfEmpty(SandboxNames.etc("."));
    }

    private static void removeNamespaces(List<String> spaces) throws NetworkException {
        List<String> batch = new ArrayList<>();
        for (String space : spaces) {
            if (Files.exists(SandboxNames.path(space))) {
                batch.add("netns del " + space);
            }
        }
        Tools.ip(batch);
    }

    private static void deleteEtc(String space) throws IOException {
        Path folder = SandboxNames.etc(space);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    return;
                }
            }
            Files.deleteIfExists(folder.normalize());
        }
    }

    private static List<String> forwarding() {
        List<String> settings = new ArrayList<>(NO_SOURCE_CHECK);
        settings.add("net/ipv4/ip_forward=1");
        settings.add("net/ipv6/conf/all/forwarding=1");
        return settings;
    }
}
