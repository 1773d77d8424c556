package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.net.NodeLink;
import io.ztunnel.sandbox.process.KeptProcess;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.List;

/** A node that runs. On the supervisor's thread only. */
final class NodeRuntime {
    final NodeLink link;
    final Captures captures;

    /** Started once the CA has written what it needs. */
    @Nullable KeptProcess ztunnel;

    boolean ready;

    /** A question is on its way. */
    boolean probing;

    NodeRuntime(NodeLink link, Captures captures) {
        this.link = link;
        this.captures = captures;
    }

    /** A Node as the network sees it. */
    static NodeLink link(KubeObject node) {
        List<InetAddress> addresses =
                node.status().trees("addresses").stream()
                        .filter(address -> address.text("type").equals("InternalIP"))
                        .map((Tree address) -> address.text("address"))
                        .flatMap(address -> Literals.address(address).stream())
                        .toList();
        return new NodeLink(node.name(), addresses, node.spec().strings("podCIDRs"));
    }
}
