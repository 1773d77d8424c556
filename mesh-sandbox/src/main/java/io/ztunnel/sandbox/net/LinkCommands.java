package io.ztunnel.sandbox.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code ip -batch} lines that join nodes to the root and pods to nodes: point-to-point links
 * with single addresses and routes, no shared segment. IPv6 neighbours are found by fixed
 * link-local addresses, and no address waits for duplicate detection, which on a link with two
 * known ends can find nothing.
 */
final class LinkCommands {
    /** The name of the one link of a node or of a pod. */
    static final String UPLINK = "eth0";

    /**
     * The root's end of every link. Another address than that of a node's ends: a node does not
     * answer ARP that asks in the name of an address of its own.
     */
    private static final String ROOT_4 = "169.254.2.1";

    /** A node's end of every link to a pod. */
    private static final String NODE_4 = "169.254.1.1";

    private static final String NEAR_END_6 = "fe80::1";
    private static final String FAR_END_6 = "fe80::2";

    private LinkCommands() {}

    /** In the root: the link to a node and the routes to it and to its pods. */
    static List<String> toNode(SandboxNames names, NodeLink node) {
        List<String> batch = nearEnd(node.name(), names.node(node.name()), ROOT_4);
        node.addresses().forEach(address -> batch.add(hostRoute(address, node.name())));
        for (String cidr : node.podCidrs()) {
            if (cidr.indexOf(':') >= 0) {
                batch.add("route add " + cidr + " via " + FAR_END_6 + " dev " + node.name());
            } else {
                batch.add("route add " + cidr + " via " + v4(node) + " dev " + node.name());
            }
        }
        return batch;
    }

    /** In a node: the link to a pod and the route to it. */
    static List<String> toPod(SandboxNames names, PodLink pod, String device) {
        List<String> batch = nearEnd(device, names.pod(pod.namespace(), pod.name()), NODE_4);
        pod.addresses().forEach(address -> batch.add(hostRoute(address, device)));
        return batch;
    }

    /** In a node: its addresses and the way to the root. */
    static List<String> inNode(NodeLink node) {
        return farEnd(node.addresses(), ROOT_4);
    }

    /** In a pod: its addresses and the way to its node. */
    static List<String> inPod(PodLink pod) {
        return farEnd(pod.addresses(), NODE_4);
    }

    private static List<String> farEnd(List<InetAddress> addresses, String gateway) {
        List<String> batch = new ArrayList<>();
        batch.add("link set lo up");
        batch.add("link set " + UPLINK + " addrgenmode none");
        batch.add("link set " + UPLINK + " up");
        batch.add("addr add " + FAR_END_6 + "/64 dev " + UPLINK + " nodad");
        for (InetAddress address : addresses) {
            if (address instanceof Inet6Address) {
                batch.add("addr add " + text(address) + "/128 dev " + UPLINK + " nodad");
                batch.add("route add default via " + NEAR_END_6 + " dev " + UPLINK);
            } else {
                batch.add("addr add " + text(address) + "/32 dev " + UPLINK);
                batch.add("route add " + gateway + " dev " + UPLINK + " scope link");
                batch.add("route add default via " + gateway + " dev " + UPLINK);
            }
        }
        return batch;
    }

    private static List<String> nearEnd(String device, String peer, String address) {
        List<String> batch = new ArrayList<>();
        batch.add("link add " + device + " type veth peer name " + UPLINK + " netns " + peer);
        batch.add("link set " + device + " addrgenmode none");
        batch.add("link set " + device + " up");
        batch.add("addr add " + address + "/32 dev " + device);
        batch.add("addr add " + NEAR_END_6 + "/64 dev " + device + " nodad");
        return batch;
    }

    private static String hostRoute(InetAddress address, String device) {
        String length = address instanceof Inet6Address ? "/128" : "/32";
        return "route add " + text(address) + length + " dev " + device;
    }

    private static String v4(NodeLink node) {
        return node.addresses().stream()
                .filter(address -> !(address instanceof Inet6Address))
                .findFirst()
                .map(LinkCommands::text)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "node "
                                                + node.name()
                                                + " has an IPv4 pod block but no IPv4 address"));
    }

    /** Without the scope id that the JDK may append. */
    static String text(InetAddress address) {
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }
}
