package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the apiserver fills into Services, cluster IPs included. */
final class ServiceDefaults {
    private static final String HEADLESS = "None";

    /** The beginning of the range is left for addresses that people choose, as in Kubernetes. */
    private static final int STATIC_BAND = 256;

    private final Draft draft;
    private final AddressPool pool = new AddressPool();
    private final Map<String, Map<IpFamily, String>> fixed = new HashMap<>();
    private final SortedMap<String, List<String>> allocated = new TreeMap<>();

    private ServiceDefaults(Draft draft) {
        this.draft = draft;
    }

    /** Returns the cluster IPs by namespace/name. */
    static SortedMap<String, List<String>> complete(Draft draft) {
        ServiceDefaults defaults = new ServiceDefaults(draft);
        List<KubeObject> services = draft.all(Kind.SERVICE);
        // Addresses that people chose go first, then those given away before, then new ones.
        services.forEach(defaults::reserveWritten);
        services.forEach(defaults::reserveKnown);
        services.forEach(defaults::complete);
        return defaults.allocated;
    }

    private void reserveWritten(KubeObject service) {
        Map<IpFamily, String> mine = new EnumMap<>(IpFamily.class);
        for (String address : written(service)) {
            IpFamily family = IpFamily.ofAddress(address).orElseThrow();
            if (!draft.settings().families().contains(family)) {
                draft.problem(
                        Problem.warning(
                                service.origin(),
                                "spec.clusterIP",
                                address + " is passed over: the cluster has no " + family.text()));
            } else if (!pool.reserve(address)) {
                draft.problem(
                        Problem.error(
                                service.origin(),
                                "spec.clusterIP",
                                address + " belongs to another Service; this one gets a free one"));
            } else {
                mine.putIfAbsent(family, address);
            }
        }
        fixed.put(Draft.name(service), mine);
    }

    private void reserveKnown(KubeObject service) {
        Map<IpFamily, String> mine = fixed.getOrDefault(Draft.name(service), Map.of());
        for (String address :
                draft.before().services().getOrDefault(Draft.name(service), List.of())) {
            IpFamily.ofAddress(address)
                    .filter(family -> wanted(service).contains(family) && !mine.containsKey(family))
                    .filter(family -> pool.reserve(address))
                    .ifPresent(family -> mine.put(family, address));
        }
    }

    private void complete(KubeObject service) {
        draft.put(
                service.with(
                        edit -> {
                            edit.setIfAbsent("ClusterIP", "spec", "type")
                                    .set(ports(service), "spec", "ports")
                                    .setIfAbsent("Cluster", "spec", "internalTrafficPolicy");
                            if (service.spec().text("type").equals("ExternalName")) {
                                return;
                            }
                            List<String> ips =
                                    isHeadless(service) ? List.of(HEADLESS) : addresses(service);
                            List<IpFamily> families = families(service, ips);
                            edit.set(ips, "spec", "clusterIPs")
                                    .set(
                                            families.stream().map(IpFamily::text).toList(),
                                            "spec",
                                            "ipFamilies")
                                    .setIfAbsent(
                                            families.size() > 1
                                                    ? "RequireDualStack"
                                                    : "SingleStack",
                                            "spec",
                                            "ipFamilyPolicy");
                            if (!ips.isEmpty()) {
                                edit.set(ips.getFirst(), "spec", "clusterIP");
                            }
                        }));
    }

    private List<String> addresses(KubeObject service) {
        Map<IpFamily, String> mine = fixed.getOrDefault(Draft.name(service), Map.of());
        List<String> addresses = new ArrayList<>();
        for (IpFamily family : wanted(service)) {
            Optional<String> address =
                    Optional.ofNullable(mine.get(family))
                            .or(
                                    () ->
                                            pool.allocate(
                                                    draft.settings().serviceRange(family),
                                                    STATIC_BAND,
                                                    Draft.name(service)));
            address.ifPresentOrElse(
                    addresses::add,
                    () ->
                            draft.problem(
                                    Problem.error(
                                            service.origin(),
                                            "spec.clusterIP",
                                            "no free " + family.text() + " address is left")));
        }
        allocated.put(Draft.name(service), addresses);
        return addresses;
    }

    private List<IpFamily> families(KubeObject service, List<String> ips) {
        if (!isHeadless(service)) {
            return ips.stream().flatMap(ip -> IpFamily.ofAddress(ip).stream()).toList();
        }
        boolean selectorless = service.spec().stringMap("selector").isEmpty();
        return selectorless && !service.spec().has("ipFamilies")
                ? draft.settings().families()
                : wanted(service);
    }

    /** The families that the Service is to have an address of, in order. */
    private List<IpFamily> wanted(KubeObject service) {
        List<IpFamily> cluster = draft.settings().families();
        List<IpFamily> wanted =
                new ArrayList<>(
                        service.spec().strings("ipFamilies").stream()
                                .flatMap(text -> IpFamily.named(text).stream())
                                .filter(cluster::contains)
                                .distinct()
                                .toList());
        if (wanted.isEmpty()) {
            written(service).stream()
                    .flatMap(address -> IpFamily.ofAddress(address).stream())
                    .filter(family -> cluster.contains(family) && !wanted.contains(family))
                    .forEach(wanted::add);
        }
        boolean allFixed = !service.annotation(SandboxAnnotations.CLUSTER_IP).isEmpty();
        if (wanted.isEmpty()) {
            wanted.add(draft.settings().primaryFamily());
            allFixed = false;
        }
        if (service.spec().text("ipFamilyPolicy").endsWith("DualStack") && !allFixed) {
            cluster.stream().filter(family -> !wanted.contains(family)).forEach(wanted::add);
        }
        return wanted;
    }

    /** The addresses that the manifest asks for. */
    private static List<String> written(KubeObject service) {
        List<String> addresses = new ArrayList<>(service.spec().strings("clusterIPs"));
        service.spec()
                .string("clusterIP")
                .filter(ip -> !addresses.contains(ip))
                .ifPresent(addresses::add);
        addresses.addAll(
                Addresses.list(service.annotation(SandboxAnnotations.CLUSTER_IP)).stream()
                        .filter(ip -> !addresses.contains(ip))
                        .toList());
        return addresses.stream()
                .filter(ip -> IpFamily.ofAddress(ip).isPresent())
                .map(Addresses::canonical)
                .distinct()
                .toList();
    }

    private static boolean isHeadless(KubeObject service) {
        return service.spec().text("clusterIP").equals(HEADLESS)
                || service.spec().strings("clusterIPs").contains(HEADLESS);
    }

    private static List<Tree> ports(KubeObject service) {
        return service.spec().trees("ports").stream()
                .map(
                        port ->
                                port.edit()
                                        .setIfAbsent("TCP", "protocol")
                                        .setIfAbsent(port.integer("port").orElse(0), "targetPort")
                                        .build())
                .toList();
    }
}
