package io.ztunnel.sandbox.e2e;

import java.io.IOException;

/** The link of a node loses every hundredth packet and carries 50 Mbit/s, while this is open. */
final class PoorLink implements AutoCloseable {
    private static final String TABLE = "e2e-loss";

    private static final String LOSS =
            """
            add table inet e2e-loss; \
            add chain inet e2e-loss in { type filter hook prerouting priority -300; }; \
            add rule inet e2e-loss in iifname eth0 numgen random mod 100 < 1 counter drop\
            """;

    private static final String SHAPE = "rate 50mbit burst 64kb latency 100ms";

    private final Place node;

    private PoorLink(Place node) {
        this.node = node;
    }

    static PoorLink at(Place node) throws IOException {
        PoorLink link = new PoorLink(node);
        node.run("nft", LOSS).orFail();
        node.run(("tc qdisc add dev eth0 root tbf " + SHAPE).split(" ")).orFail();
        return link;
    }

    /** How many packets were lost so far. */
    long lost() throws IOException {
        String rules = node.run("nft", "list", "table", "inet", TABLE).orFail();
        return Long.parseLong(rules.replaceAll("(?s).*counter packets (\\d+) .*", "$1"));
    }

    @Override
    public void close() throws IOException {
        node.run("nft", "delete", "table", "inet", TABLE).orFail();
        node.run("tc", "qdisc", "del", "dev", "eth0", "root").orFail();
    }
}
