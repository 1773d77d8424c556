package io.ztunnel.store;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Applies one batch to a state and remembers what the listeners want to know of it. */
final class MeshBatch {
    private static final Logger LOG = LoggerFactory.getLogger(MeshBatch.class);

    private final @Nullable String nodeName;
    private WorkloadIndex workloads;
    private ServiceIndex services;
    private PolicyIndex policies;

    private final Map<String, Workload> localPut = new LinkedHashMap<>();
    private final Set<Identity> localRemoved = new LinkedHashSet<>();
    private boolean policiesChanged;
    private final List<String> unknownNames = new ArrayList<>();

    MeshBatch(MeshState state, @Nullable String nodeName) {
        this.nodeName = nodeName;
        this.workloads = state.workloadIndex();
        this.services = state.serviceIndex();
        this.policies = state.policyIndex();
    }

    MeshState apply(MeshUpdate update) {
        for (MeshUpdate.Change change : update.changes()) {
            switch (change) {
                case MeshUpdate.PutWorkload put -> put(put.workload());
                case MeshUpdate.PutService put -> services = services.with(put.service());
                case MeshUpdate.PutEndpoint put ->
                        services = services.with(put.service(), put.endpoint());
                case MeshUpdate.PutPolicy put -> {
                    policies = policies.with(put.key(), put.policy());
                    policiesChanged = true;
                }
                case MeshUpdate.RemoveAddress remove -> remove(remove.name());
                case MeshUpdate.RemovePolicy remove -> {
                    policies = policies.without(remove.key());
                    policiesChanged = true;
                }
            }
        }
        if (!unknownNames.isEmpty()) {
            LOG.warn(
                    "asked to remove {} address(es) that are not here, first: {}",
                    unknownNames.size(),
                    unknownNames.getFirst());
        }
        return new MeshState(workloads, services, policies);
    }

    private void put(Workload workload) {
        Workload previous = workloads.byUid().get(workload.uid());
        if (previous != null) {
            workloads = workloads.without(previous, isLocal(previous));
            for (NamespacedHostname service : previous.services().keySet()) {
                if (!workload.services().containsKey(service)) {
                    services = services.without(service, previous.uid());
                }
            }
            noteRemoved(previous);
        }
        workloads = workloads.with(workload, isLocal(workload));
        workload.services()
                .forEach(
                        (service, ports) ->
                                services =
                                        services.with(
                                                service,
                                                new Endpoint(
                                                        workload.uid(), ports, workload.status())));
        if (isLocal(workload)) {
            localPut.put(workload.uid(), workload);
        }
    }

    /**
     * The name does not say what it names. A workload's uid comes first. What then has one slash is
     * a service; with more, it is the uid of a workload that is gone already.
     */
    private void remove(String name) {
        Workload workload = workloads.byUid().get(name);
        if (workload != null) {
            workloads = workloads.without(workload, isLocal(workload));
            for (NamespacedHostname service : workload.services().keySet()) {
                services = services.without(service, name);
            }
            localPut.remove(name);
            noteRemoved(workload);
            return;
        }
        int slash = name.indexOf('/');
        if (slash >= 0 && name.indexOf('/', slash + 1) >= 0) {
            return;
        }
        Service service = slash < 0 ? null : services.service(NamespacedHostname.parse(name));
        if (service == null) {
            unknownNames.add(name);
        } else {
            services = services.without(service);
        }
    }

    private void noteRemoved(Workload workload) {
        if (isLocal(workload)) {
            localRemoved.add(workload.identity());
        }
    }

    /** Without a node name every workload counts as one of this node. */
    private boolean isLocal(Workload workload) {
        return nodeName == null || workload.node().equals(nodeName);
    }

    void tell(MeshListener listener, MeshView view) {
        if (!localPut.isEmpty()) {
            listener.localWorkloadsPut(view, List.copyOf(localPut.values()));
        }
        // Forget before fetch: the same account may have changed its trust domain.
        localRemoved.stream().filter(this::isGone).forEach(listener::localIdentityGone);
        if (nodeName != null) {
            localPut.values().stream()
                    .filter(w -> w.nativeTunnel() || w.protocol() == Workload.Protocol.HBONE)
                    .map(Workload::identity)
                    .distinct()
                    .forEach(listener::localIdentityNeeded);
        }
        if (policiesChanged) {
            listener.policiesChanged(view);
        }
    }

    private boolean isGone(Identity identity) {
        return !workloads
                .localAccounts()
                .containsKey(
                        new WorkloadIndex.ServiceAccount(
                                identity.namespace(), identity.serviceAccount()));
    }
}
