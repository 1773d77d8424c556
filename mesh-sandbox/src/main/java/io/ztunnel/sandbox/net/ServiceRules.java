package io.ztunnel.sandbox.net;

import io.ztunnel.sandbox.net.ServiceAddress.Backend;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What kube-proxy programs on a node, as one nftables transaction: a connection to a service
 * address goes to a random ready endpoint, one to a service without any is refused at once, and a
 * pod that reaches itself through a service sees the node as the peer (else it would answer itself
 * past the translation).
 *
 * <p>Only packets that cross the node or start on it are looked at. A captured pod's connections to
 * service addresses never get here: they end at the listener inside the pod.
 */
final class ServiceRules {
    private static final String TABLE = "inet zt-services";

    private final StringBuilder chains = new StringBuilder();
    private final List<String> balanced4 = new ArrayList<>();
    private final List<String> balanced6 = new ArrayList<>();
    private final List<String> refused4 = new ArrayList<>();
    private final List<String> refused6 = new ArrayList<>();
    private final Set<InetAddress> backends = new LinkedHashSet<>();

    private ServiceRules() {}

    /** The transaction that replaces whatever the table held. */
    static String render(Collection<ServiceAddress> services) {
        ServiceRules rules = new ServiceRules();
        Map<String, ServiceAddress> unique = new LinkedHashMap<>();
        // An element twice in one set would fail the whole transaction; the first claim stands.
        services.forEach(service -> unique.putIfAbsent(key(service), service));
        unique.values().forEach(rules::add);
        return rules.text();
    }

    private static String key(ServiceAddress service) {
        return LinkCommands.text(service.address())
                + " . "
                + service.protocol().keyword()
                + " . "
                + service.port();
    }

    private void add(ServiceAddress service) {
        boolean ipv6 = service.address() instanceof Inet6Address;
        if (service.backends().isEmpty()) {
            (ipv6 ? refused6 : refused4).add(key(service));
            return;
        }
        String chain = "balance-" + (balanced4.size() + balanced6.size());
        (ipv6 ? balanced6 : balanced4).add(key(service) + " : goto " + chain);
        List<String> choices = new ArrayList<>();
        for (Backend backend : service.backends()) {
            backends.add(backend.address());
            choices.add(
                    choices.size()
                            + " : "
                            + LinkCommands.text(backend.address())
                            + " . "
                            + backend.port());
        }
        line("  chain " + chain + " {");
        line(
                "    meta l4proto %s dnat %s to numgen random mod %d map { %s }"
                        .formatted(
                                service.protocol().keyword(),
                                ipv6 ? "ip6" : "ip",
                                choices.size(),
                                String.join(", ", choices)));
        line("  }");
    }

    private String text() {
        line("  chain services {");
        destinations("ip", "vmap", balanced4, "");
        destinations("ip6", "vmap", balanced6, "");
        line("  }");
        line("  chain refuse {");
        destinations("ip", "", refused4, "reject");
        destinations("ip6", "", refused6, "reject");
        line("  }");
        // Numbers: some releases of nft know the name dstnat on a prerouting hook only.
        base("prerouting", "nat", "prerouting", -100, "jump services");
        base("output", "nat", "output", -100, "jump services");
        base("forward", "filter", "forward", 0, "jump refuse");
        base("local", "filter", "output", 0, "jump refuse");
        base("postrouting", "nat", "postrouting", 100, selfCalls());
        return "table "
                + TABLE
                + "\ndelete table "
                + TABLE
                + "\ntable "
                + TABLE
                + " {\n"
                + chains
                + "}\n";
    }

    private String selfCalls() {
        List<String> pairs4 = new ArrayList<>();
        List<String> pairs6 = new ArrayList<>();
        for (InetAddress backend : backends) {
            String text = LinkCommands.text(backend);
            (backend instanceof Inet6Address ? pairs6 : pairs4).add(text + " . " + text);
        }
        return selfCalls("ip", pairs4) + selfCalls("ip6", pairs6);
    }

    private static String selfCalls(String family, List<String> pairs) {
        return pairs.isEmpty()
                ? ""
                : "ct status dnat %1$s saddr . %1$s daddr { %2$s } masquerade\n    "
                        .formatted(family, String.join(", ", pairs));
    }

    private void destinations(String family, String map, List<String> elements, String verdict) {
        if (!elements.isEmpty()) {
            line(
                    "    %s daddr . meta l4proto . th dport %s { %s } %s"
                            .formatted(family, map, String.join(", ", elements), verdict));
        }
    }

    private void base(String name, String type, String hook, int priority, String rule) {
        line("  chain " + name + " {");
        line("    type " + type + " hook " + hook + " priority " + priority);
        line("    " + rule);
        line("  }");
    }

    private void line(String text) {
        chains.append(text).append('\n');
    }
}
