package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every service with its endpoints, by key and by what else one asks for. Immutable.
 *
 * @param groups by key; also those of which only endpoints are known yet
 * @param byHost services of one host name in order of arrival; a newer version keeps the place
 * @param byVip network, then address; services in order of arrival
 */
record ServiceIndex(
        PersistentMap<NamespacedHostname, ServiceGroup> groups,
        PersistentMap<String, List<Service>> byHost,
        PersistentMap<String, PersistentMap<IpAddress, List<Service>>> byVip,
        CidrIndex byCidr) {

    static final ServiceIndex EMPTY =
            new ServiceIndex(
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    CidrIndex.EMPTY);

    ServiceIndex with(Service service) {
        ServiceGroup group = group(service.key());
        Service previous = group.service();
        ServiceIndex base = this;
        if (previous != null) {
            for (NetworkAddress vip : previous.vips()) {
                base = service.vips().contains(vip) ? base : base.withoutVip(vip, previous);
            }
            for (Service.NetworkCidr vip : previous.cidrVips()) {
                base = service.cidrVips().contains(vip) ? base : base.withoutCidr(vip, previous);
            }
        }
        PersistentMap<String, PersistentMap<IpAddress, List<Service>>> vips = base.byVip;
        for (NetworkAddress vip : service.vips()) {
            PersistentMap<IpAddress, List<Service>> network = network(vips, vip.network());
            vips =
                    vips.with(
                            vip.network(),
                            network.with(vip.ip(), placed(network.get(vip.ip()), service)));
        }
        CidrIndex cidrs = base.byCidr;
        for (Service.NetworkCidr vip : service.cidrVips()) {
            cidrs = cidrs.with(vip, service);
        }
        String hostname = service.hostname();
        return new ServiceIndex(
                groups.with(service.key(), group.with(service)),
                byHost.with(hostname, placed(byHost.get(hostname), service)),
                vips,
                cidrs);
    }

    /** Its endpoints stay until their workloads no longer name it. */
    ServiceIndex without(Service service) {
        ServiceIndex base = this;
        for (NetworkAddress vip : service.vips()) {
            base = base.withoutVip(vip, service);
        }
        for (Service.NetworkCidr vip : service.cidrVips()) {
            base = base.withoutCidr(vip, service);
        }
        List<Service> namesakes =
                Lists.without(Lists.of(byHost.get(service.hostname())), service::isSameAs);
        return new ServiceIndex(
                        groups,
                        namesakes.isEmpty()
                                ? byHost.without(service.hostname())
                                : byHost.with(service.hostname(), namesakes),
                        base.byVip,
                        base.byCidr)
                .withGroup(service.key(), group(service.key()).withoutService());
    }

    ServiceIndex with(NamespacedHostname service, Endpoint endpoint) {
        return withGroup(service, group(service).with(endpoint));
    }

    ServiceIndex without(NamespacedHostname service, String workloadUid) {
        return withGroup(service, group(service).without(workloadUid));
    }

    @Nullable Service service(NamespacedHostname key) {
        return group(key).service();
    }

    @Nullable Service bestByVip(String network, IpAddress ip, @Nullable String clientNamespace) {
        PersistentMap<IpAddress, List<Service>> vips = byVip.get(network);
        List<Service> exact = vips == null ? null : vips.get(ip);
        Service best = exact == null ? null : ServiceSelection.best(exact, clientNamespace, null);
        return best != null ? best : byCidr.best(network, ip, clientNamespace);
    }

    Collection<Service> all() {
        List<Service> services = new ArrayList<>();
        byHost.values().forEach(services::addAll);
        return services;
    }

    Map<NamespacedHostname, Map<String, Endpoint>> staged() {
        Map<NamespacedHostname, Map<String, Endpoint>> staged = new LinkedHashMap<>();
        groups.forEach(
                (key, group) -> {
                    if (group.service() == null) {
                        staged.put(key, group.all());
                    }
                });
        return staged;
    }

    ServiceGroup group(NamespacedHostname key) {
        ServiceGroup group = groups.get(key);
        return group == null ? ServiceGroup.EMPTY : group;
    }

    private ServiceIndex withGroup(NamespacedHostname key, ServiceGroup group) {
        return new ServiceIndex(
                group.isEmpty() ? groups.without(key) : groups.with(key, group),
                byHost,
                byVip,
                byCidr);
    }

    private ServiceIndex withoutVip(NetworkAddress vip, Service service) {
        PersistentMap<IpAddress, List<Service>> network = network(byVip, vip.network());
        List<Service> rest = Lists.without(Lists.of(network.get(vip.ip())), service::isSameAs);
        network = rest.isEmpty() ? network.without(vip.ip()) : network.with(vip.ip(), rest);
        return new ServiceIndex(
                groups,
                byHost,
                network.isEmpty()
                        ? byVip.without(vip.network())
                        : byVip.with(vip.network(), network),
                byCidr);
    }

    private ServiceIndex withoutCidr(Service.NetworkCidr vip, Service service) {
        return new ServiceIndex(groups, byHost, byVip, byCidr.without(vip, service));
    }

    private static PersistentMap<IpAddress, List<Service>> network(
            PersistentMap<String, PersistentMap<IpAddress, List<Service>>> vips, String name) {
        PersistentMap<IpAddress, List<Service>> network = vips.get(name);
        return network == null ? PersistentMap.empty() : network;
    }

    private static List<Service> placed(@Nullable List<Service> present, Service service) {
        return Lists.replacedOrAppended(Lists.of(present), service, service::isSameAs);
    }
}
