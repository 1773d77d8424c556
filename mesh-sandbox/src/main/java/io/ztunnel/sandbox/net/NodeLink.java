package io.ztunnel.sandbox.net;

import java.net.InetAddress;
import java.util.List;

/**
 * A node as the network sees it.
 *
 * @param name the node's name; also the name of the root's end of its link
 * @param addresses the node's own addresses, at most one of each family
 * @param podCidrs the blocks its pods' addresses are taken from, such as {@code 10.244.1.0/24}
 */
public record NodeLink(String name, List<InetAddress> addresses, List<String> podCidrs) {
    public NodeLink {
        addresses = List.copyOf(addresses);
        podCidrs = List.copyOf(podCidrs);
    }
}
