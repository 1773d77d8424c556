package io.ztunnel.sandbox.cluster;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a cluster once gave away and does not take back while the receiver exists. Keys are {@code
 * namespace/name}.
 *
 * @param nodes number of each node by name, from 1
 * @param pods where each pod is
 * @param services cluster IPs of each Service
 * @param gateways reported addresses of each waypoint Gateway, as {@code type=value}; they stay
 *     when its pods are gone
 * @param serviceEntries addresses of each host of a ServiceEntry, by {@code namespace/name/host}
 */
public record ClusterMemory(
        SortedMap<String, Integer> nodes,
        SortedMap<String, PodPlace> pods,
        SortedMap<String, List<String>> services,
        SortedMap<String, List<String>> gateways,
        SortedMap<String, List<String>> serviceEntries) {

    /** Where a pod is: its node and its addresses, one per family. */
    public record PodPlace(String node, List<String> addresses) {
        public PodPlace {
            addresses = List.copyOf(addresses);
        }
    }

    public static final ClusterMemory EMPTY =
            new ClusterMemory(
                    new TreeMap<>(),
                    new TreeMap<>(),
                    new TreeMap<>(),
                    new TreeMap<>(),
                    new TreeMap<>());

    public ClusterMemory {
        nodes = copy(nodes);
        pods = copy(pods);
        services = copy(services);
        gateways = copy(gateways);
        serviceEntries = copy(serviceEntries);
    }

    private static <V> SortedMap<String, V> copy(Map<String, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
