package io.ztunnel.store;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicySet;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A view that notes which names it was asked for in vain, so that a decision need not know that the
 * mesh is learned on demand. What is known but not visible to a client is not missing. For one
 * decision, on its thread.
 */
public final class NotingView implements MeshView {
    private final MeshView view;
    private final Set<String> missed = new LinkedHashSet<>();

    public NotingView(MeshView view) {
        this.view = view;
    }

    /** Names as a {@link NameSource} takes them, in the order in which they were missed. */
    public Set<String> missed() {
        return missed;
    }

    @Override
    public @Nullable Workload workload(String uid) {
        Workload workload = view.workload(uid);
        if (workload == null) {
            missed.add(uid);
        }
        return workload;
    }

    @Override
    public @Nullable Workload workloadByAddress(String network, IpAddress ip) {
        Workload workload = view.workloadByAddress(network, ip);
        if (workload == null && view.serviceByVip(network, ip, null) == null) {
            missed.add(new NetworkAddress(network, ip).toString());
        }
        return workload;
    }

    @Override
    public @Nullable Service serviceByVip(
            String network, IpAddress ip, @Nullable String clientNamespace) {
        Service service = view.serviceByVip(network, ip, clientNamespace);
        if (service == null
                && view.serviceByVip(network, ip, null) == null
                && view.workloadByAddress(network, ip) == null) {
            missed.add(new NetworkAddress(network, ip).toString());
        }
        return service;
    }

    @Override
    public @Nullable Workload workloadByHostname(NamespacedHostname name) {
        Workload workload = view.workloadByHostname(name);
        if (workload == null && view.service(name) == null) {
            missed.add(name.toString());
        }
        return workload;
    }

    @Override
    public @Nullable Service service(NamespacedHostname name) {
        Service service = view.service(name);
        if (service == null && view.workloadByHostname(name) == null) {
            missed.add(name.toString());
        }
        return service;
    }

    /**
     * Only whole names can be asked for. Of a bare host name these are likely: the client's own
     * namespace, and for Kubernetes' services the one that the name tells.
     */
    @Override
    public @Nullable Service serviceByHostname(String hostname, @Nullable String clientNamespace) {
        Service service = view.serviceByHostname(hostname, clientNamespace);
        if (service == null && view.servicesByHostname(hostname).isEmpty()) {
            if (clientNamespace != null) {
                missed.add(new NamespacedHostname(clientNamespace, hostname).toString());
            }
            String[] labels = hostname.split("\\.", 4);
            if (labels.length == 4 && labels[2].equals("svc") && !labels[1].isEmpty()) {
                missed.add(new NamespacedHostname(labels[1], hostname).toString());
            }
        }
        return service;
    }

    @Override
    public List<Service> servicesByHostname(String hostname) {
        return view.servicesByHostname(hostname);
    }

    /** Told by the control plane without being asked. */
    @Override
    public @Nullable Workload localWorkload(PodReference pod) {
        return view.localWorkload(pod);
    }

    @Override
    public Map<String, Endpoint> endpoints(NamespacedHostname service) {
        return view.endpoints(service);
    }

    @Override
    public List<Service> servicesOf(Workload workload) {
        return view.servicesOf(workload);
    }

    /** Policies are all told without being asked. */
    @Override
    public @Nullable Authorization policy(String key) {
        return view.policy(key);
    }

    @Override
    public List<PolicySet> policySetsFor(String namespace) {
        return view.policySetsFor(namespace);
    }

    @Override
    public Collection<Workload> workloads() {
        return view.workloads();
    }

    @Override
    public Collection<Service> services() {
        return view.services();
    }

    @Override
    public Map<String, Authorization> policies() {
        return view.policies();
    }

    @Override
    public Map<NamespacedHostname, Map<String, Endpoint>> stagedEndpoints() {
        return view.stagedEndpoints();
    }
}
