package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Origin;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node with its addresses.
 *
 * @param number 1..250, fixed for the node's lifetime
 * @param podRanges where its pods' addresses come from
 * @param addresses its own
 */
record NodePlan(
        String name,
        int number,
        Map<String, String> labels,
        Map<IpFamily, AddressRange> podRanges,
        Map<IpFamily, String> addresses) {
    private static final int MAX_NODES = 250;
    private static final String HOSTNAME = "kubernetes.io/hostname";

    /**
     * Adds the default nodes where there are none, and fills in blocks and addresses. Ordered by
     * name.
     */
    static List<NodePlan> complete(Draft draft) {
        if (draft.all(Kind.NODE).isEmpty()) {
            for (ClusterSettings.DefaultNode node : draft.settings().nodes()) {
                draft.generate(builtIn(node), Optional.empty());
            }
        }
        List<NodePlan> plans = new ArrayList<>();
        Map<String, Integer> numbers = number(draft);
        for (KubeObject node : draft.all(Kind.NODE)) {
            Integer number = numbers.get(node.name());
            if (number == null) {
                draft.problem(
                        Problem.error(
                                node.origin(),
                                "",
                                "a sandbox has at most "
                                        + MAX_NODES
                                        + " nodes; this one gets no pods"));
                continue;
            }
            NodePlan plan = plan(draft, node, number);
            plans.add(plan);
            draft.put(plan.completed(node));
        }
        return List.copyOf(plans);
    }

    static SortedMap<String, Integer> numbers(List<NodePlan> nodes) {
        SortedMap<String, Integer> numbers = new TreeMap<>();
        nodes.forEach(node -> numbers.put(node.name, node.number));
        return numbers;
    }

    private static KubeObject builtIn(ClusterSettings.DefaultNode node) {
        return KubeObject.make(
                Kind.NODE,
                "",
                node.name(),
                Origin.BUILT_IN,
                edit ->
                        edit.set(
                                Map.of(
                                        "topology.kubernetes.io/region", node.region(),
                                        "topology.kubernetes.io/zone", node.zone()),
                                "metadata",
                                "labels"));
    }

    /** A node keeps its number; new ones take the lowest free. */
    private static Map<String, Integer> number(Draft draft) {
        Map<String, Integer> numbers = new HashMap<>();
        Set<Integer> used = new HashSet<>();
        List<KubeObject> nodes = draft.all(Kind.NODE);
        for (KubeObject node : nodes) {
            Integer known = draft.before().nodes().get(node.name());
            if (known != null && known >= 1 && known <= MAX_NODES && used.add(known)) {
                numbers.put(node.name(), known);
            }
        }
        int next = 1;
        for (KubeObject node : nodes) {
            if (numbers.containsKey(node.name())) {
                continue;
            }
            while (used.contains(next)) {
                next++;
            }
            if (next <= MAX_NODES) {
                used.add(next);
                numbers.put(node.name(), next);
            }
        }
        return numbers;
    }

    private static NodePlan plan(Draft draft, KubeObject node, int number) {
        Map<IpFamily, AddressRange> ranges = new EnumMap<>(IpFamily.class);
        Map<IpFamily, String> addresses = new EnumMap<>(IpFamily.class);
        List<String> written = new ArrayList<>(node.spec().strings("podCIDRs"));
        node.spec().string("podCIDR").ifPresent(written::add);
        for (String cidr : written) {
            try {
                AddressRange range = AddressRange.parse(cidr);
                ranges.putIfAbsent(range.family(), range);
            } catch (IllegalArgumentException e) {
                draft.problem(
                        Problem.error(
                                node.origin(),
                                "spec.podCIDR",
                                "\"" + cidr + "\" is not a CIDR block; the default is used"));
            }
        }
        for (IpFamily family : draft.settings().families()) {
            ranges.putIfAbsent(family, draft.settings().podRange(family, number));
            addresses.put(family, draft.settings().nodeAddress(family, number));
        }
        ranges.keySet().retainAll(draft.settings().families());
        Map<String, String> labels = new TreeMap<>(node.labels());
        labels.putIfAbsent(HOSTNAME, node.name());
        return new NodePlan(node.name(), number, labels, ranges, addresses);
    }

    private KubeObject completed(KubeObject node) {
        List<String> cidrs = podRanges.values().stream().map(AddressRange::toString).toList();
        List<Map<String, String>> own =
                addresses.values().stream()
                        .map(address -> Map.of("type", "InternalIP", "address", address))
                        .toList();
        return node.with(
                edit ->
                        edit.set(labels, "metadata", "labels")
                                .set(cidrs.getFirst(), "spec", "podCIDR")
                                .set(cidrs, "spec", "podCIDRs")
                                .setIfAbsent(own, "status", "addresses"));
    }
}
