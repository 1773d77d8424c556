package io.ztunnel.sandbox.net;

import java.net.InetAddress;
import java.util.List;

/**
 * A pod as the network sees it.
 *
 * @param node the node it is joined to
 * @param addresses its addresses, at most one of each family
 */
public record PodLink(String namespace, String name, String node, List<InetAddress> addresses) {
    public PodLink {
        addresses = List.copyOf(addresses);
    }
}
