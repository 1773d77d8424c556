package io.ztunnel.routing;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicySet;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.PodReference;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;
import io.ztunnel.store.Workload.NetworkMode;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A mesh that searches lists: slow, and easy to see to be right. Everything in insertion order. */
public final class TestMesh implements MeshView {
    private final Map<String, Workload> workloads = new LinkedHashMap<>();
    private final Map<NamespacedHostname, Service> services = new LinkedHashMap<>();
    private final Map<String, Authorization> policies = new LinkedHashMap<>();

    public TestMesh with(TestWorkload... added) {
        Stream.of(added).map(TestWorkload::build).forEach(w -> workloads.put(w.uid(), w));
        return this;
    }

    public TestMesh with(TestService... added) {
        Stream.of(added).map(TestService::build).forEach(s -> services.put(s.key(), s));
        return this;
    }

    public TestMesh with(Authorization... added) {
        Stream.of(added).forEach(p -> policies.put(p.key(), p));
        return this;
    }

    /** A reference to a service, or to a workload by its host name, in namespace default. */
    public static GatewayAddress byHostname(String hostname, int port) {
        return new GatewayAddress(
                new GatewayAddress.ByHostname(new NamespacedHostname("default", hostname)), port);
    }

    public static GatewayAddress byService(String service) {
        return byHostname(TestService.hostnameOf(service, "default"), 15008);
    }

    public static GatewayAddress byAddress(String network, String ip, int port) {
        return new GatewayAddress(
                new GatewayAddress.ByAddress(new NetworkAddress(network, IpAddress.parse(ip))),
                port);
    }

    /** A workload of namespace default that was added before. */
    public Workload workloadNamed(String name) {
        return required(workloads.get(TestWorkload.uid(name, "default")), name);
    }

    public Service serviceNamed(String name) {
        return required(
                services.get(
                        new NamespacedHostname("default", TestService.hostnameOf(name, "default"))),
                name);
    }

    private static <T> T required(@Nullable T found, String name) {
        if (found == null) {
            throw new IllegalArgumentException("the test's mesh has no " + name);
        }
        return found;
    }

    @Override
    public @Nullable Workload workload(String uid) {
        return workloads.get(uid);
    }

    @Override
    public @Nullable Workload workloadByAddress(String network, IpAddress ip) {
        return firstWorkload(
                w ->
                        w.networkMode() == NetworkMode.STANDARD
                                && w.network().equals(network)
                                && w.hasAddress(ip));
    }

    @Override
    public @Nullable Workload workloadByHostname(NamespacedHostname name) {
        return firstWorkload(
                w ->
                        w.hostname().equals(name.hostname())
                                && w.namespace().equals(name.namespace()));
    }

    @Override
    public @Nullable Workload localWorkload(PodReference pod) {
        return firstWorkload(
                w ->
                        w.name().equals(pod.name())
                                && w.namespace().equals(pod.namespace())
                                && w.serviceAccount().equals(pod.serviceAccount()));
    }

    private @Nullable Workload firstWorkload(Predicate<Workload> wanted) {
        return workloads.values().stream().filter(wanted).findFirst().orElse(null);
    }

    @Override
    public @Nullable Service service(NamespacedHostname name) {
        return services.get(name);
    }

    @Override
    public @Nullable Service serviceByHostname(String hostname, @Nullable String clientNamespace) {
        return best(s -> s.hostname().equals(hostname), clientNamespace, _ -> 0);
    }

    @Override
    public @Nullable Service serviceByVip(
            String network, IpAddress ip, @Nullable String clientNamespace) {
        Service exact =
                best(
                        s -> s.vips().contains(new NetworkAddress(network, ip)),
                        clientNamespace,
                        _ -> 0);
        return exact != null
                ? exact
                : best(
                        s -> prefixLength(s, network, ip) >= 0,
                        clientNamespace,
                        s -> prefixLength(s, network, ip));
    }

    private static int prefixLength(Service service, String network, IpAddress ip) {
        return service.cidrVips().stream()
                .filter(c -> c.network().equals(network) && c.cidr().contains(ip))
                .mapToInt(c -> c.cidr().prefixLength())
                .max()
                .orElse(-1);
    }

    private @Nullable Service best(
            Predicate<Service> wanted,
            @Nullable String namespace,
            Function<Service, Integer> preference) {
        return services.values().stream()
                .filter(wanted)
                .filter(s -> namespace == null || s.isVisibleTo(namespace))
                .min(
                        Comparator.comparing((Service s) -> !s.namespace().equals(namespace))
                                .thenComparing(preference, Comparator.reverseOrder())
                                .thenComparing(s -> !s.canonical()))
                .orElse(null);
    }

    @Override
    public Map<String, Endpoint> endpoints(NamespacedHostname name) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        Service service = services.get(name);
        if (service != null) {
            workloads
                    .values()
                    .forEach(
                            w -> {
                                if (w.services().containsKey(name) && service.admits(w.status())) {
                                    endpoints.put(
                                            w.uid(),
                                            new Endpoint(
                                                    w.uid(), w.services().get(name), w.status()));
                                }
                            });
        }
        return endpoints;
    }

    @Override
    public List<Service> servicesOf(Workload workload) {
        return services.values().stream()
                .filter(s -> workload.services().containsKey(s.key()))
                .toList();
    }

    @Override
    public @Nullable Authorization policy(String key) {
        return policies.get(key);
    }

    @Override
    public List<PolicySet> policySetsFor(String namespace) {
        return Stream.of(
                        set(
                                p ->
                                        p.scope() == Authorization.Scope.NAMESPACE
                                                && p.namespace().equals(namespace)),
                        set(p -> p.scope() == Authorization.Scope.GLOBAL))
                .filter(set -> !set.isEmpty())
                .toList();
    }

    private PolicySet set(Predicate<Authorization> filter) {
        Map<String, Authorization> some = new LinkedHashMap<>(policies);
        some.values().removeIf(filter.negate());
        return new PolicySet(some);
    }

    @Override
    public Collection<Workload> workloads() {
        return workloads.values();
    }

    @Override
    public Collection<Service> services() {
        return services.values();
    }

    @Override
    public Map<String, Authorization> policies() {
        return policies;
    }

    @Override
    public Map<NamespacedHostname, Map<String, Endpoint>> stagedEndpoints() {
        return Map.of();
    }
}
