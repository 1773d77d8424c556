package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The endpoints that a ServiceEntry brings along, as WDS workloads: those that it lists or, where
 * it lists none and hosts are to be resolved, one for each host.
 */
final class ServiceEntryEndpoints {
    private final WorkloadContext mesh;

    ServiceEntryEndpoints(WorkloadContext mesh) {
        this.mesh = mesh;
    }

    List<Workload> convert(KubeObject entry) {
        List<MeshService> published = mesh.services().of(entry);
        List<Tree> listed = entry.spec().trees("endpoints");
        List<Workload> workloads = new ArrayList<>();
        if (!published.isEmpty() && !listed.isEmpty()) {
            listed.forEach(endpoint -> workloads.add(listed(entry, endpoint, published)));
        } else if (Resolution.of(entry).resolvesHosts() && !entry.spec().has("workloadSelector")) {
            published.forEach(service -> workloads.add(resolved(entry, service)));
        }
        return workloads;
    }

    /** It belongs to every host. */
    private Workload listed(KubeObject entry, Tree endpoint, List<MeshService> services) {
        Workload.Builder workload =
                start(entry, endpoint.text("address"), endpoint.text("network"));
        EntryFields.apply(endpoint, workload);
        return finish(
                entry,
                endpoint,
                mesh.enrolment()
                        .ofWorkload(
                                new Enrolment.Subject(
                                        entry.namespace(),
                                        endpoint.stringMap("labels"),
                                        "an endpoint of " + entry.key())),
                services,
                workload);
    }

    /** It is of its own host only, and never behind a waypoint for workloads. */
    private Workload resolved(KubeObject entry, MeshService service) {
        String host = service.message().getHostname();
        Workload.Builder workload = start(entry, host, "");
        EntryFields.apply(Tree.EMPTY.edit().set(host, "address").build(), workload);
        return finish(
                entry,
                Tree.EMPTY,
                new Enrolment.WorkloadBinding(new Binding.None(), Optional.empty()),
                List.of(service),
                workload);
    }

    private Workload.Builder start(KubeObject entry, String address, String network) {
        return mesh.start(
                "networking.istio.io/ServiceEntry/"
                        + entry.namespace()
                        + "/"
                        + entry.name()
                        + "/"
                        + address,
                entry.name(),
                entry.namespace(),
                network);
    }

    /** Names, tunnel and policies follow the labels of the entry, not those of the endpoint. */
    private Workload finish(
            KubeObject entry,
            Tree endpoint,
            Enrolment.WorkloadBinding enrolled,
            List<MeshService> services,
            Workload.Builder workload) {
        workload.setWorkloadName(entry.name())
                .setCanonicalName(WorkloadNames.canonicalName(entry.labels(), entry.name()))
                .setCanonicalRevision(WorkloadNames.canonicalRevision(entry.labels()));
        WorkloadContext.tunnel(entry.labels(), entry.annotations(), workload);
        for (MeshService service : services) {
            workload.putServices(
                    service.key(), WorkloadPorts.onEntry(entry, endpoint.tree("ports")));
        }
        mesh.enrol(enrolled, entry.labels(), services, workload);
        return workload.build();
    }
}
