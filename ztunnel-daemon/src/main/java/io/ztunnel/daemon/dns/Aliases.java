package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which names a name may stand for. A resolver tries a short name with each of its search domains,
 * and each of these questions comes here, before or after the short name itself: all of them must
 * find the service. Pure.
 */
final class Aliases {
    private static final String SVC = "svc";

    private final String domain;
    private final @Nullable List<String> search;

    /**
     * @param clusterDomain such as {@code cluster.local}
     * @param search the search domains of every client; null for those that Kubernetes gives a pod
     *     of the client's namespace, whatever the pod's own configuration is
     */
    Aliases(String clusterDomain, @Nullable List<String> search) {
        this.domain = normalized(clusterDomain);
        this.search =
                search == null
                        ? null
                        : search.stream()
                                .map(Aliases::normalized)
                                .filter(name -> !name.isEmpty())
                                .toList();
    }

    private static String normalized(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** The part of the cluster's names that Kubernetes services are in. */
    String serviceDomain() {
        return SVC + "." + domain;
    }

    /**
     * @param name in lower case, without the final dot
     * @param namespace of the client
     * @return without duplicates, in the order in which they are to be tried
     */
    List<Alias> of(String name, String namespace) {
        Map<String, Alias> aliases = new LinkedHashMap<>();
        add(aliases, name, null);
        for (String full : expand(name, namespace)) {
            add(aliases, full, null);
        }
        for (String suffix : searchDomains(namespace)) {
            if (name.endsWith("." + suffix)) {
                String stripped = name.substring(0, name.length() - suffix.length() - 1);
                add(aliases, stripped, stripped);
                for (String full : expand(stripped, namespace)) {
                    add(aliases, full, stripped);
                }
            }
        }
        return List.copyOf(aliases.values());
    }

    private static void add(Map<String, Alias> aliases, String name, @Nullable String stripped) {
        aliases.putIfAbsent(name, new Alias(name, stripped));
    }

    private List<String> searchDomains(String namespace) {
        return search != null
                ? search
                : List.of(namespace + "." + serviceDomain(), serviceDomain(), domain);
    }

    /** The full names of what Kubernetes may mean by a short one. */
    private List<String> expand(String name, String namespace) {
        boolean inSvc = name.endsWith("." + SVC);
        List<String> full = new ArrayList<>();
        switch (labels(name)) {
            case 1 -> full.add(name + "." + namespace + "." + serviceDomain());
            case 2 -> {
                full.add(name + "." + serviceDomain());
                full.add(name + "." + namespace + "." + serviceDomain());
            }
            case 3 -> {
                if (inSvc) {
                    full.add(name + "." + domain);
                }
                full.add(name + "." + serviceDomain());
            }
            case 4 -> {
                if (inSvc) {
                    full.add(name + "." + domain);
                }
            }
            default -> {}
        }
        return full;
    }

    private static int labels(String name) {
        return name.isEmpty() ? 0 : 1 + (int) name.chars().filter(c -> c == '.').count();
    }
}
