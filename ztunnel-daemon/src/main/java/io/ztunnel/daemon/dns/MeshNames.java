package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.ServiceSelection;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** The services of the mesh by the names that pods have for them. Pure. */
final class MeshNames {
    private static final Resolution ELSEWHERE = new Resolution.Elsewhere();

    private final Aliases aliases;
    private final @Nullable String preferredNamespace;
    private final boolean ipv6;

    /**
     * @param preferredNamespace whose services win among those of one name that are neither the
     *     client's own nor canonical; null for none
     * @param ipv6 whether IPv6 addresses may be answered at all
     */
    MeshNames(Aliases aliases, @Nullable String preferredNamespace, boolean ipv6) {
        this.aliases = aliases;
        this.preferredNamespace = preferredNamespace;
        this.ipv6 = ipv6;
    }

    /**
     * @param name in lower case, without the final dot
     * @param wantsIpv6 the family of addresses that are asked for
     */
    Resolution resolve(MeshView mesh, Workload client, String name, boolean wantsIpv6) {
        for (Alias alias : aliases.of(name, client.namespace())) {
            for (String candidate : alias.candidates()) {
                Service service = service(mesh, client.namespace(), candidate);
                if (service != null) {
                    return found(mesh, client, service, wantsIpv6, canonical(alias, candidate));
                }
            }
        }
        return ELSEWHERE;
    }

    /** A wildcard has no name of its own that the one asked for could be an alias of. */
    private static @Nullable String canonical(Alias alias, String matched) {
        return matched.startsWith("*.") ? null : alias.stripped();
    }

    private @Nullable Service service(MeshView mesh, String namespace, String hostname) {
        List<Service> known = mesh.servicesByHostname(hostname);
        if (known.isEmpty()) {
            return null;
        }
        return ServiceSelection.best(
                known.stream().filter(this::isAnswered).toList(), namespace, preferredNamespace);
    }

    /** Without an address of its own only a headless service of Kubernetes can be answered for. */
    private boolean isAnswered(Service service) {
        return !service.vips().isEmpty()
                || service.hostname().endsWith("." + aliases.serviceDomain());
    }

    private Resolution found(
            MeshView mesh,
            Workload client,
            Service service,
            boolean wantsIpv6,
            @Nullable String canonical) {
        if (!hasFamily(service, wantsIpv6)) {
            return new Resolution.Found(
                    List.of(), null, "service does not support this record type");
        }
        List<IpAddress> addresses =
                service.vips().isEmpty()
                        ? endpoints(mesh, service, wantsIpv6)
                        : vips(service, client.network(), wantsIpv6);
        return addresses.isEmpty()
                ? new Resolution.Found(List.of(), null, "no records")
                : new Resolution.Found(addresses, canonical, "success");
    }

    private boolean hasFamily(Service service, boolean wantsIpv6) {
        if (wantsIpv6 && !ipv6) {
            return false;
        }
        return switch (service.ipFamilies()) {
            case IPV4_ONLY -> !wantsIpv6;
            case IPV6_ONLY -> wantsIpv6;
            case AUTOMATIC, DUAL -> true;
        };
    }

    private static List<IpAddress> vips(Service service, String network, boolean wantsIpv6) {
        List<IpAddress> addresses = new ArrayList<>();
        for (NetworkAddress vip : service.vips()) {
            if (vip.network().equals(network) && vip.ip().isV4() != wantsIpv6) {
                addresses.add(vip.ip());
            }
        }
        return addresses;
    }

    /** Of any network; those that the service's health policy admits. */
    private static List<IpAddress> endpoints(MeshView mesh, Service service, boolean wantsIpv6) {
        List<IpAddress> addresses = new ArrayList<>();
        for (String uid : mesh.endpoints(service.key()).keySet()) {
            Workload workload = mesh.workload(uid);
            if (workload != null) {
                workload.addresses().stream()
                        .filter(ip -> ip.isV4() != wantsIpv6)
                        .findFirst()
                        .ifPresent(addresses::add);
            }
        }
        return addresses;
    }
}
