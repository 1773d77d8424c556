package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The addresses that istiod gives the hosts of a ServiceEntry which brings none, so that ztunnel
 * can tell one host from another: one of each family, whatever the families of the cluster. Nothing
 * in the network answers there.
 */
final class ServiceEntryAddresses {
    static final AddressRange IPV4 = AddressRange.parse("240.240.0.0/16");
    static final AddressRange IPV6 = AddressRange.parse("2001:2::/48");
    private static final String OPT_OUT = "networking.istio.io/enable-autoallocate-ip";
    private static final long MAX_OFFSET = (1 << 16) - 1;

    private final Draft draft;
    private final AddressPool pool = new AddressPool();
    private final Map<AddressRange, Long> offsets = new LinkedHashMap<>();
    private final SortedMap<String, List<String>> allocated = new TreeMap<>();

    private ServiceEntryAddresses(Draft draft) {
        this.draft = draft;
    }

    /** Returns the addresses by namespace/name/host. */
    static SortedMap<String, List<String>> complete(Draft draft) {
        ServiceEntryAddresses addresses = new ServiceEntryAddresses(draft);
        List<KubeObject> entries =
                draft.all(Kind.SERVICE_ENTRY).stream()
                        .sorted(
                                Comparator.comparing(
                                        o -> o.tree().text("metadata", "creationTimestamp")))
                        .toList();
        // Addresses that people chose go first, then those given away before, then new ones.
        entries.forEach(e -> e.spec().strings("addresses").forEach(addresses.pool::reserve));
        entries.forEach(addresses::keepWritten);
        entries.forEach(addresses::keepKnown);
        entries.forEach(addresses::complete);
        return addresses.allocated;
    }

    /** The hosts that are to have an address. */
    private static List<String> hosts(KubeObject entry) {
        String resolution = entry.spec().text("resolution");
        boolean eligible =
                !resolution.isEmpty()
                        && !resolution.equals("NONE")
                        && entry.spec().list("addresses").isEmpty()
                        && !entry.label(OPT_OUT).toLowerCase(Locale.ROOT).equals("false");
        boolean wildcards = resolution.equals("DYNAMIC_DNS");
        return entry.spec().strings("hosts").stream()
                .filter(host -> eligible && (wildcards || !host.startsWith("*")))
                .distinct()
                .toList();
    }

    private void keepWritten(KubeObject entry) {
        for (Tree address : entry.status().trees("addresses")) {
            String host = address.text("host");
            if (hosts(entry).contains(host)) {
                keep(key(entry, host), address.text("value"));
            }
        }
    }

    private void keepKnown(KubeObject entry) {
        for (String host : hosts(entry)) {
            String key = key(entry, host);
            if (!allocated.containsKey(key)) {
                draft.before()
                        .serviceEntries()
                        .getOrDefault(key, List.of())
                        .forEach(address -> keep(key, address));
            }
        }
    }

    private void keep(String key, String address) {
        if (IpFamily.ofAddress(address).isPresent() && pool.reserve(Addresses.canonical(address))) {
            allocated.computeIfAbsent(key, k -> new ArrayList<>()).add(address);
        }
    }

    private void complete(KubeObject entry) {
        List<Map<String, String>> status = new ArrayList<>();
        for (String host : hosts(entry)) {
            for (String address :
                    allocated.computeIfAbsent(key(entry, host), k -> allocate(entry))) {
                Map<String, String> fields = new LinkedHashMap<>();
                fields.put("value", address);
                fields.put("host", host);
                status.add(fields);
            }
        }
        draft.put(
                entry.with(
                        edit -> {
                            if (status.isEmpty()) {
                                edit.remove("status", "addresses");
                            } else {
                                edit.set(status, "status", "addresses");
                            }
                        }));
    }

    private List<String> allocate(KubeObject entry) {
        List<String> addresses = new ArrayList<>();
        for (AddressRange range : List.of(IPV4, IPV6)) {
            next(range)
                    .ifPresentOrElse(
                            addresses::add,
                            () ->
                                    draft.problem(
                                            Problem.error(
                                                    entry.origin(),
                                                    "spec.addresses",
                                                    "no address of " + range + " is left")));
        }
        return addresses;
    }

    private Optional<String> next(AddressRange range) {
        long offset = offsets.getOrDefault(range, 0L);
        while (offset < MAX_OFFSET) {
            offset++;
            String address = range.address(offset);
            if (pool.reserve(address)) {
                offsets.put(range, offset);
                return Optional.of(address);
            }
        }
        offsets.put(range, offset);
        return Optional.empty();
    }

    private static String key(KubeObject entry, String host) {
        return Draft.name(entry) + "/" + host;
    }
}
