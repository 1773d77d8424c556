package io.ztunnel.redirection;

import java.util.List;

/**
 * The nftables script that brings a pod's traffic to ztunnel, in the tables that istio-cni uses. As
 * one transaction it replaces whatever these tables held.
 *
 * <p>Marks: 0x539 is ztunnel's own traffic. 0x111 is what answers it when ztunnel speaks with a
 * client's address; a routing rule delivers that locally. Both only in the low twelve bits, as the
 * others belong to somebody else.
 */
final class RedirectionRuleset {
    private static final String NAT = "istio-ambient-nat";
    private static final String MANGLE = "istio-ambient-mangle";
    private static final String RAW = "istio-ambient-raw";
    private static final String PREROUTING = "istio-prerouting";
    private static final String OUTPUT = "istio-output";

    private static final String FROM_ZTUNNEL = "meta mark & 0xfff == 0x539 ";
    private static final String NOT_FROM_ZTUNNEL = "meta mark & 0xfff != 0x539 ";
    private static final String TCP = "meta l4proto tcp ";

    private final RedirectionOptions options;
    private final List<String> families;
    private final StringBuilder script = new StringBuilder(4096);

    private RedirectionRuleset(RedirectionOptions options) {
        this.options = options;
        families = options.ipv6() ? List.of("ip", "ip6") : List.of("ip");
    }

    /** Input for {@code nft -f -}. */
    static String replacing(RedirectionOptions options) {
        return new RedirectionRuleset(options).render();
    }

    /** Removes the tables, and is no error when there are none. */
    static String removing() {
        StringBuilder script = new StringBuilder();
        for (String table : List.of(NAT, MANGLE, RAW)) {
            removed(script, table);
        }
        return script.toString();
    }

    private static void removed(StringBuilder script, String table) {
        // Deleting what is not there fails the transaction; adding what is there does not.
        script.append("add table inet ").append(table).append('\n');
        script.append("delete table inet ").append(table).append('\n');
    }

    private String render() {
        // Numbers for priorities: nft 1.0.6 knows the name dstnat on prerouting only. Type route
        // makes the kernel route again once the mark has changed.
        table(NAT, "nat", -100, "nat");
        table(MANGLE, "filter", -150, "route");
        if (options.dnsCapture()) {
            table(RAW, "filter", -300, "filter");
        } else {
            removed(script, RAW);
        }
        incoming();
        outgoing();
        return script.toString();
    }

    private void incoming() {
        // Came from ztunnel over lo: remember the connection, for the answers.
        rule(MANGLE, PREROUTING, FROM_ZTUNNEL + "counter ct mark set ct mark & 0xfffff000 | 0x111");
        for (String name : options.virtualInterfaces()) {
            rule(NAT, PREROUTING, "iifname \"" + name + "\" " + TCP + "counter redirect to :15001");
            // Returns to what others may have at this hook.
            rule(NAT, PREROUTING, "iifname \"" + name + "\" " + TCP + "counter return");
        }
        if (!options.ingressMode()) {
            for (String family : families) {
                rule(
                        NAT,
                        PREROUTING,
                        family + " saddr " + probeSource(family) + " " + TCP + "counter accept");
            }
            for (String family : families) {
                rule(
                        NAT,
                        PREROUTING,
                        notToLoopback(family)
                                + "tcp dport != 15008 "
                                + NOT_FROM_ZTUNNEL
                                + "counter redirect to :15006");
            }
        }
        if (options.dnsCapture()) {
            rule(RAW, PREROUTING, "udp sport 53 " + NOT_FROM_ZTUNNEL + "counter ct zone set 1");
        }
    }

    private void outgoing() {
        rule(MANGLE, OUTPUT, "ct mark & 0xfff == 0x111 counter meta mark set ct mark");
        for (String family : families) {
            rule(
                    NAT,
                    OUTPUT,
                    family + " daddr " + probeSource(family) + " " + TCP + "counter accept");
        }
        if (options.dnsCapture()) {
            rule(
                    NAT,
                    OUTPUT,
                    "oifname != \"lo\" udp dport 53 "
                            + NOT_FROM_ZTUNNEL
                            + "counter redirect to :15053");
            for (String family : families) {
                rule(
                        NAT,
                        OUTPUT,
                        notToLoopback(family)
                                + "tcp dport 53 "
                                + NOT_FROM_ZTUNNEL
                                + "counter redirect to :15053");
            }
            // In a zone of its own the query of ztunnel cannot collide with that of the
            // application.
            rule(RAW, OUTPUT, "udp dport 53 " + FROM_ZTUNNEL + "counter ct zone set 1");
        }
        rule(NAT, OUTPUT, TCP + "meta mark & 0xfff == 0x111 counter accept");
        // The pod calls itself.
        for (String family : families) {
            rule(NAT, OUTPUT, "oifname \"lo\" " + notToLoopback(family) + "counter accept");
        }
        for (String family : families) {
            rule(
                    NAT,
                    OUTPUT,
                    notToLoopback(family) + TCP + NOT_FROM_ZTUNNEL + "counter redirect to :15001");
        }
    }

    private String probeSource(String family) {
        return family.equals("ip")
                ? options.probeSource4().getHostAddress()
                : options.probeSource6().getHostAddress();
    }

    private static String notToLoopback(String family) {
        return family.equals("ip") ? "ip daddr != 127.0.0.1 " : "ip6 daddr != ::1 ";
    }

    private void table(String table, String incomingType, int priority, String outgoingType) {
        line("add table inet " + table);
        line("flush table inet " + table);
        line(base(table, "prerouting", incomingType, priority));
        line(base(table, "output", outgoingType, priority));
        line("add chain inet " + table + " " + PREROUTING);
        line("add chain inet " + table + " " + OUTPUT);
        rule(table, "prerouting", "counter jump " + PREROUTING);
        rule(table, "output", "counter jump " + OUTPUT);
    }

    private static String base(String table, String hook, String type, int priority) {
        return "add chain inet %s %s { type %s hook %s priority %d; }"
                .formatted(table, hook, type, hook, priority);
    }

    private void rule(String table, String chain, String rule) {
        line("add rule inet " + table + " " + chain + " " + rule);
    }

    private void line(String line) {
        script.append(line).append('\n');
    }
}
