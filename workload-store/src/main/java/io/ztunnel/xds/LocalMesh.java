package io.ztunnel.xds;

import io.ztunnel.policy.Authorization;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import java.util.List;

/**
 * What a local mesh file says, in its order.
 *
 * @param endpoints those that services name themselves, beside what the workloads tell
 */
public record LocalMesh(
        List<Workload> workloads,
        List<Service> services,
        List<Authorization> policies,
        List<MeshUpdate.PutEndpoint> endpoints) {
    public static final LocalMesh EMPTY = new LocalMesh(List.of(), List.of(), List.of(), List.of());

    public LocalMesh {
        workloads = List.copyOf(workloads);
        services = List.copyOf(services);
        policies = List.copyOf(policies);
        endpoints = List.copyOf(endpoints);
    }

    /** The whole file as one batch. */
    public MeshUpdate toUpdate() {
        MeshUpdate.Builder update = MeshUpdate.builder();
        workloads.forEach(update::workload);
        endpoints.forEach(update::change);
        policies.forEach(policy -> update.policy(policy.key(), policy));
        services.forEach(update::service);
        return update.build();
    }
}
