package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.cluster.ClusterMemory.PodPlace;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The scheduler and the network plugin: a node and addresses for every pod. A pod that has both
 * keeps them.
 */
final class PodPlacement {
    /** The network address and the gateway. */
    private static final int RESERVED = 2;

    private final Draft draft;
    private final List<NodePlan> nodes;
    private final PodController controller;
    private final AddressPool pool = new AddressPool();

    /** A pod on its way to a place. */
    private record Request(KubeObject pod, NodePlan node, Map<IpFamily, String> addresses) {
        String name() {
            return Draft.name(pod);
        }
    }

    private PodPlacement(Draft draft, List<NodePlan> nodes, PodController controller) {
        this.draft = draft;
        this.nodes = nodes;
        this.controller = controller;
    }

    /** Returns the places by namespace/name; a pod that fits nowhere has none. */
    static SortedMap<String, PodPlace> place(
            Draft draft, List<NodePlan> nodes, PodController controller) {
        return new PodPlacement(draft, nodes, controller).place();
    }

    private SortedMap<String, PodPlace> place() {
        List<Request> requests = new ArrayList<>();
        for (KubeObject pod : draft.all(Kind.POD)) {
            node(pod)
                    .ifPresent(
                            node ->
                                    requests.add(
                                            new Request(pod, node, new EnumMap<>(IpFamily.class))));
        }
        // Addresses that people chose go first, then those given away before, then new ones.
        requests.forEach(this::reserveWritten);
        requests.forEach(this::reserveKnown);
        SortedMap<String, PodPlace> places = new TreeMap<>();
        for (Request request : requests) {
            places.put(request.name(), new PodPlace(request.node().name(), addresses(request)));
        }
        return places;
    }

    private Optional<NodePlan> node(KubeObject pod) {
        String asked = pod.spec().text("nodeName");
        if (asked.isEmpty()) {
            asked = pod.annotation(SandboxAnnotations.NODE);
        }
        if (!asked.isEmpty()) {
            Optional<NodePlan> node = named(asked);
            if (node.isEmpty()) {
                unschedulable(pod, "spec.nodeName", "there is no node " + asked);
            }
            return node;
        }
        Map<String, String> selector = pod.spec().stringMap("nodeSelector");
        List<NodePlan> fitting =
                nodes.stream()
                        .filter(node -> node.labels().entrySet().containsAll(selector.entrySet()))
                        .toList();
        if (fitting.isEmpty()) {
            unschedulable(pod, "spec.nodeSelector", "no node has the labels " + selector);
            return Optional.empty();
        }
        List<String> pinned = pinned(pod);
        PodPlace known = draft.before().pods().get(Draft.name(pod));
        PodController.Rank rank = controller.rank(pod);
        long spread = StableNames.number(fitting.size(), rank.group()) + rank.ordinal();
        return fitting.stream()
                .filter(node -> pinned.stream().anyMatch(ip -> inRange(node, ip)))
                .findFirst()
                .or(
                        () ->
                                fitting.stream()
                                        .filter(
                                                node ->
                                                        known != null
                                                                && node.name().equals(known.node()))
                                        .findFirst())
                .or(() -> Optional.of(fitting.get((int) (spread % fitting.size()))));
    }

    private Optional<NodePlan> named(String name) {
        return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
    }

    private void unschedulable(KubeObject pod, String field, String reason) {
        draft.problem(
                Problem.error(pod.origin(), field, reason + "; " + pod.key() + " stays pending"));
    }

    private void reserveWritten(Request request) {
        if (request.pod().spec().flag("hostNetwork")) {
            request.addresses().putAll(request.node().addresses());
            return;
        }
        for (String address : pinned(request.pod())) {
            IpFamily family = IpFamily.ofAddress(address).orElseThrow();
            if (!draft.settings().families().contains(family)) {
                continue;
            }
            if (!pool.reserve(address)) {
                draft.problem(
                        Problem.error(
                                request.pod().origin(),
                                "metadata.annotations",
                                address
                                        + " belongs to another pod; "
                                        + request.pod().name()
                                        + " gets a free one"));
                continue;
            }
            if (!inRange(request.node(), address)) {
                draft.problem(
                        Problem.warning(
                                request.pod().origin(),
                                "metadata.annotations",
                                address
                                        + " is not in the pod block of "
                                        + request.node().name()
                                        + "; a real network might not route it there"));
            }
            request.addresses().putIfAbsent(family, address);
        }
    }

    private void reserveKnown(Request request) {
        PodPlace known = draft.before().pods().get(request.name());
        if (known == null || !known.node().equals(request.node().name())) {
            return;
        }
        for (String address : known.addresses()) {
            IpFamily.ofAddress(address)
                    .filter(family -> !request.addresses().containsKey(family))
                    .filter(family -> inRange(request.node(), address))
                    .filter(family -> pool.reserve(address))
                    .ifPresent(family -> request.addresses().put(family, address));
        }
    }

    private List<String> addresses(Request request) {
        Map<IpFamily, String> addresses = new LinkedHashMap<>();
        boolean complete = !statusAddresses(request.pod()).isEmpty();
        for (IpFamily family : draft.settings().families()) {
            String given = request.addresses().get(family);
            if (given != null) {
                addresses.put(family, given);
            } else if (!complete || request.addresses().isEmpty()) {
                allocate(request, family).ifPresent(address -> addresses.put(family, address));
            }
        }
        return List.copyOf(addresses.values());
    }

    private Optional<String> allocate(Request request, IpFamily family) {
        Optional<String> address =
                Optional.ofNullable(request.node().podRanges().get(family))
                        .flatMap(range -> pool.allocate(range, RESERVED, request.name()));
        if (address.isEmpty()) {
            draft.problem(
                    Problem.error(
                            request.pod().origin(),
                            "",
                            "no free "
                                    + family.text()
                                    + " address is left on "
                                    + request.node().name()
                                    + " for "
                                    + request.pod().key()));
        }
        return address;
    }

    private static boolean inRange(NodePlan node, String address) {
        return node.podRanges().values().stream().anyMatch(range -> range.contains(address));
    }

    /**
     * The addresses that the manifest asks for: its status, or the annotation's share of this
     * replica.
     */
    private List<String> pinned(KubeObject pod) {
        List<String> status = statusAddresses(pod);
        if (!status.isEmpty()) {
            return status;
        }
        List<String> listed = Addresses.list(pod.annotation(SandboxAnnotations.POD_IP));
        int ordinal = controller.rank(pod).ordinal();
        List<String> mine = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            listed.stream()
                    .filter(ip -> IpFamily.ofAddress(ip).filter(family::equals).isPresent())
                    .skip(ordinal)
                    .findFirst()
                    .ifPresent(mine::add);
        }
        return mine;
    }

    private static List<String> statusAddresses(KubeObject pod) {
        List<String> addresses = new ArrayList<>();
        for (Tree ip : pod.status().trees("podIPs")) {
            addresses.addAll(Addresses.list(ip.text("ip")));
        }
        if (addresses.isEmpty()) {
            addresses.addAll(Addresses.list(pod.status().text("podIP")));
        }
        return addresses;
    }
}
