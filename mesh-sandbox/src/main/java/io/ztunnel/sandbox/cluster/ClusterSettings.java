package io.ztunnel.sandbox.cluster;

import java.util.List;
import java.util.Map;

/**
 * What an administrator decides when a cluster is made.
 *
 * @param clusterDomain suffix of service names
 * @param families the address families of pods; the first is that of Services which do not ask for
 *     one
 * @param nodes used when the manifests hold no Node
 * @param podRanges the n-th node (from 1) gets the block {@code n} of its family, see {@link
 *     #podRange}
 * @param nodeRanges where nodes have their own addresses
 * @param serviceRanges where cluster IPs come from
 */
public record ClusterSettings(
        String clusterDomain,
        List<IpFamily> families,
        List<DefaultNode> nodes,
        Map<IpFamily, AddressRange> podRanges,
        Map<IpFamily, AddressRange> nodeRanges,
        Map<IpFamily, AddressRange> serviceRanges) {

    /** A node that is there when nobody wrote one down. */
    public record DefaultNode(String name, String region, String zone) {}

    /** Dual stack, IPv4 first, two nodes in two zones of one region. */
    public static final ClusterSettings DEFAULT =
            new ClusterSettings(
                    "cluster.local",
                    List.of(IpFamily.IPV4, IpFamily.IPV6),
                    List.of(
                            new DefaultNode("node1", "r1", "z1"),
                            new DefaultNode("node2", "r1", "z2")),
                    ranges("10.244.0.0/16", "fd00:10:244::/48"),
                    ranges("10.244.0.0/24", "fd00:10:244::/64"),
                    ranges("10.4.0.0/16", "fd00:10:4::/112"));

    public ClusterSettings {
        families = List.copyOf(families);
        if (families.isEmpty()) {
            throw new IllegalArgumentException("a cluster needs at least one address family");
        }
        nodes = List.copyOf(nodes);
        podRanges = Map.copyOf(podRanges);
        nodeRanges = Map.copyOf(nodeRanges);
        serviceRanges = Map.copyOf(serviceRanges);
    }

    public ClusterSettings withFamilies(List<IpFamily> families) {
        return new ClusterSettings(
                clusterDomain, families, nodes, podRanges, nodeRanges, serviceRanges);
    }

    IpFamily primaryFamily() {
        return families.getFirst();
    }

    /**
     * The pod block of a node: a /24 or /64 of the pod range.
     *
     * @param number 1..250
     */
    AddressRange podRange(IpFamily family, int number) {
        String first = range(podRanges, family).address(0);
        return switch (family) {
            case IPV4 ->
                    AddressRange.parse(
                            AddressRange.parse(first + "/16").address(number * 256L) + "/24");
            case IPV6 -> {
                var base = AddressRange.parse(first + "/48");
                var network =
                        base.network().add(java.math.BigInteger.valueOf(number).shiftLeft(64));
                yield new AddressRange(IpFamily.IPV6, network, 64);
            }
        };
    }

    /** The node's own address: the eleventh of the range for node 1, and so on. */
    String nodeAddress(IpFamily family, int number) {
        return range(nodeRanges, family).address(10L + number);
    }

    AddressRange serviceRange(IpFamily family) {
        return range(serviceRanges, family);
    }

    private static AddressRange range(Map<IpFamily, AddressRange> ranges, IpFamily family) {
        AddressRange range = ranges.get(family);
        if (range == null) {
            throw new IllegalArgumentException("no address range for " + family.text());
        }
        return range;
    }

    private static Map<IpFamily, AddressRange> ranges(String v4, String v6) {
        return Map.of(IpFamily.IPV4, AddressRange.parse(v4), IpFamily.IPV6, AddressRange.parse(v6));
    }
}
