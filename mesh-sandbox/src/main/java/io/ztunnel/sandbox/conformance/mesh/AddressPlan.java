package io.ztunnel.sandbox.conformance.mesh;

import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec.PodSpec;
import io.ztunnel.sandbox.net.NodeLink;
import io.ztunnel.sandbox.net.PodLink;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which addresses everything in a mesh has: a function of the mesh and the family. */
final class AddressPlan {
    private final Family family;
    private final Map<String, List<InetAddress>> addresses = new HashMap<>();
    private final List<NodeLink> nodes = new ArrayList<>();
    private final List<PodLink> pods = new ArrayList<>();

    AddressPlan(MeshSpec spec, Family family) {
        this.family = family;
        Map<String, Integer> numbers = new HashMap<>();
        for (String node : spec.nodes()) {
            int number = numbers.size() + 1;
            numbers.put(node, number);
            addresses.put(node, choose("10.60.0." + number, "fd00:60::" + number));
            List<String> blocks = new ArrayList<>();
            if (family.hasIpv4()) {
                blocks.add("10.61." + number + ".0/24");
            }
            if (family.hasIpv6()) {
                blocks.add("fd00:61:" + number + "::/64");
            }
            nodes.add(new NodeLink(node, of(node), blocks));
        }
        Map<String, Integer> used = new HashMap<>();
        for (PodSpec pod : spec.pods()) {
            int node = numbers.getOrDefault(pod.node(), 0);
            int last = used.merge(pod.node(), 1, Integer::sum) + 10;
            addresses.put(
                    pod.name(),
                    choose("10.61." + node + "." + last, "fd00:61:" + node + "::" + last));
            pods.add(new PodLink(pod.namespace(), pod.name(), pod.node(), of(pod.name())));
        }
        int vip = 0;
        for (String name : spec.vips()) {
            vip++;
            addresses.put(name, choose("10.62.0." + vip, "fd00:62::" + vip));
        }
    }

    private List<InetAddress> choose(String ipv4, String ipv6) {
        List<InetAddress> chosen = new ArrayList<>();
        if (family.hasIpv4()) {
            chosen.add(InetAddress.ofLiteral(ipv4));
        }
        if (family.hasIpv6()) {
            chosen.add(InetAddress.ofLiteral(ipv6));
        }
        return chosen;
    }

    List<NodeLink> nodes() {
        return nodes;
    }

    List<PodLink> pods() {
        return pods;
    }

    /** Of a node, a pod or a service; empty when there is none of that name. */
    List<InetAddress> of(String name) {
        return addresses.getOrDefault(name, List.of());
    }

    /** The one that scenarios use: of two the last, so that nobody can do with the first. */
    InetAddress target(String name) {
        List<InetAddress> all = of(name);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("the mesh has no '" + name + "'");
        }
        return all.getLast();
    }

    InetAddress target(String name, boolean ipv6) {
        return of(name).stream()
                .filter(address -> address instanceof Inet6Address == ipv6)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "'" + name + "' has no address of that family here"));
    }

    /** The blocks of the services' addresses, which lead nowhere. */
    List<String> unused() {
        List<String> blocks = new ArrayList<>();
        if (family.hasIpv4()) {
            blocks.add("10.62.0.0/24");
        }
        if (family.hasIpv6()) {
            blocks.add("fd00:62::/64");
        }
        return blocks;
    }

    /** Of the control plane and the name server, in the root namespace. */
    List<InetAddress> controlPlane() {
        return choose("10.63.0.10", "fd00:63::10");
    }
}
