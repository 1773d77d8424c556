package io.ztunnel.store;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicySet;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The mesh at one moment: immutable, consistent, readable from any thread without locks. A batch of
 * updates is either wholly in a view or not at all, so no reader sees a service without the
 * endpoints that came in the same response.
 */
public interface MeshView {

    @Nullable Workload workload(String uid);

    /**
     * The workload that owns an address; HOST_NETWORK workloads are never found here. Among
     * several: pods before others, HBONE before TCP, then the most recently added.
     */
    @Nullable Workload workloadByAddress(String network, IpAddress ip);

    /** A workload by its own host name and namespace (waypoints and gateways may be named so). */
    @Nullable Workload workloadByHostname(NamespacedHostname name);

    /** The pod's own workload on this node: name, namespace and service account all equal. */
    @Nullable Workload localWorkload(PodReference pod);

    @Nullable Service service(NamespacedHostname name);

    /**
     * The best service of that host name as a client in {@code clientNamespace} sees it: visible,
     * own namespace first, then canonical, then the first added.
     *
     * @param clientNamespace null: no visibility filter and no preference
     */
    @Nullable Service serviceByHostname(String hostname, @Nullable String clientNamespace);

    /**
     * Every service of that host name, whoever may see it, in the order of arrival of their
     * namespaces; for those who choose by further rules, see {@link ServiceSelection}.
     */
    default List<Service> servicesByHostname(String hostname) {
        return services().stream().filter(s -> s.hostname().equals(hostname)).toList();
    }

    /**
     * The best service with that virtual IP: exact VIPs first, then CIDR VIPs by (own namespace,
     * prefix length, canonical).
     */
    @Nullable Service serviceByVip(String network, IpAddress ip, @Nullable String clientNamespace);

    /**
     * The endpoints that the service's health policy admits, by workload uid; iteration is stable.
     */
    Map<String, Endpoint> endpoints(NamespacedHostname service);

    /** The services that the workload lists and that exist. */
    List<Service> servicesOf(Workload workload);

    @Nullable Authorization policy(String key);

    /**
     * The NAMESPACE policies of that namespace, then the GLOBAL ones; empty sets may be left out.
     */
    List<PolicySet> policySetsFor(String namespace);

    /** For dumps: every workload, in no particular order. */
    Collection<Workload> workloads();

    /**
     * For dumps: every service; services of one host name in insertion order of their namespaces.
     */
    Collection<Service> services();

    /** For dumps: policies by xDS key. */
    Map<String, Authorization> policies();

    /** For dumps: endpoints whose service is not known yet, by service and workload uid. */
    Map<NamespacedHostname, Map<String, Endpoint>> stagedEndpoints();
}
