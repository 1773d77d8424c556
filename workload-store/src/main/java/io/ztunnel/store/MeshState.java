package io.ztunnel.store;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicySet;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The three indexes as one consistent view. */
record MeshState(WorkloadIndex workloadIndex, ServiceIndex serviceIndex, PolicyIndex policyIndex)
        implements MeshView {

    static final MeshState EMPTY =
            new MeshState(WorkloadIndex.EMPTY, ServiceIndex.EMPTY, PolicyIndex.EMPTY);

    @Override
    public @Nullable Workload workload(String uid) {
        return workloadIndex.byUid().get(uid);
    }

    @Override
    public @Nullable Workload workloadByAddress(String network, IpAddress ip) {
        return workloadIndex.byAddress(network, ip);
    }

    @Override
    public @Nullable Workload workloadByHostname(NamespacedHostname name) {
        return workloadIndex.byHostname(name);
    }

    @Override
    public @Nullable Workload localWorkload(PodReference pod) {
        return workloadIndex.localPod(pod);
    }

    @Override
    public @Nullable Service service(NamespacedHostname name) {
        return serviceIndex.service(name);
    }

    @Override
    public @Nullable Service serviceByHostname(String hostname, @Nullable String clientNamespace) {
        return ServiceSelection.best(servicesByHostname(hostname), clientNamespace, null);
    }

    @Override
    public List<Service> servicesByHostname(String hostname) {
        return Lists.of(serviceIndex.byHost().get(hostname));
    }

    @Override
    public @Nullable Service serviceByVip(
            String network, IpAddress ip, @Nullable String clientNamespace) {
        return serviceIndex.bestByVip(network, ip, clientNamespace);
    }

    @Override
    public Map<String, Endpoint> endpoints(NamespacedHostname service) {
        return serviceIndex.group(service).admitted();
    }

    @Override
    public List<Service> servicesOf(Workload workload) {
        List<Service> services = new ArrayList<>(workload.services().size());
        for (NamespacedHostname key : workload.services().keySet()) {
            Service service = serviceIndex.service(key);
            if (service != null) {
                services.add(service);
            }
        }
        return services;
    }

    @Override
    public @Nullable Authorization policy(String key) {
        return policyIndex.policy(key);
    }

    @Override
    public List<PolicySet> policySetsFor(String namespace) {
        return policyIndex.setsFor(namespace);
    }

    @Override
    public Collection<Workload> workloads() {
        return Collections.unmodifiableCollection(workloadIndex.byUid().values());
    }

    @Override
    public Collection<Service> services() {
        return Collections.unmodifiableCollection(serviceIndex.all());
    }

    @Override
    public Map<String, Authorization> policies() {
        return policyIndex.byKey();
    }

    @Override
    public Map<NamespacedHostname, Map<String, Endpoint>> stagedEndpoints() {
        return Collections.unmodifiableMap(serviceIndex.staged());
    }
}
