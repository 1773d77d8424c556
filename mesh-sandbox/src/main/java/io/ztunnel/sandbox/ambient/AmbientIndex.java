package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** From objects to resources. */
public final class AmbientIndex {
    private final MeshObjects mesh;
    private final Findings findings = new Findings();
    private final SortedMap<String, MeshResource<Address>> addresses = new TreeMap<>();

    private AmbientIndex(MeshObjects mesh) {
        this.mesh = mesh;
    }

    /**
     * The same objects give the same bytes, in whatever order they come. Never throws over what an
     * object says.
     *
     * @param objects complete, as an apiserver returns them (or {@code Cluster.materialize})
     */
    public static AmbientSnapshot build(MeshSettings settings, List<KubeObject> objects) {
        List<KubeObject> ordered =
                objects.stream().sorted(Comparator.comparing(KubeObject::key)).toList();
        return new AmbientIndex(new MeshObjects(settings, ordered)).build();
    }

    private AmbientSnapshot build() {
        Waypoints waypoints = new Waypoints(mesh, findings::problem);
        Enrolment enrolment = new Enrolment(waypoints, mesh);
        WaypointPolicyStatus status = new WaypointPolicyStatus(mesh, enrolment, waypoints);
        Policies policies = new Policies(mesh, waypoints, findings);
        each(Kind.AUTHORIZATION_POLICY, policy -> status.of(policy).ifPresent(findings::condition));
        PublishedServices services = services(enrolment);
        services.all()
                .forEach(
                        service ->
                                add(
                                        service.key(),
                                        Address.newBuilder().setService(service.message())));
        workloads(
                new WorkloadContext(
                        mesh, enrolment, policies, services, new NetworkGateways(mesh)));
        return new AmbientSnapshot(
                addresses, authorizations(policies), findings.conditions(), findings.problems());
    }

    private PublishedServices services(Enrolment enrolment) {
        List<MeshService> candidates = new ArrayList<>();
        ServiceConversion services = new ServiceConversion(mesh, enrolment);
        ServiceEntryConversion entries = new ServiceEntryConversion(mesh, enrolment);
        each(
                Kind.SERVICE,
                service -> services.convert(service, findings).ifPresent(candidates::add));
        each(Kind.SERVICE_ENTRY, entry -> candidates.addAll(entries.convert(entry, findings)));
        return new PublishedServices(candidates);
    }

    private void workloads(WorkloadContext context) {
        EndpointSlices slices = new EndpointSlices(context);
        PodConversion pods = new PodConversion(context, slices);
        WorkloadEntryConversion entries = new WorkloadEntryConversion(context);
        ServiceEntryEndpoints endpoints = new ServiceEntryEndpoints(context);
        each(Kind.POD, pod -> pods.convert(pod, findings).ifPresent(this::add));
        each(Kind.ENDPOINT_SLICE, slice -> slices.convert(slice).forEach(this::add));
        each(Kind.WORKLOAD_ENTRY, entry -> add(entries.convert(entry, findings)));
        each(Kind.SERVICE_ENTRY, entry -> endpoints.convert(entry).forEach(this::add));
        context.gateways().workloads().forEach(this::add);
    }

    /** What an object does, at the expense of no other. */
    private interface Conversion {
        void convert(KubeObject object);
    }

    private void each(Kind kind, Conversion conversion) {
        for (KubeObject object : mesh.all(kind)) {
            findings.guard(object, () -> conversion.convert(object));
        }
    }

    private static SortedMap<String, MeshResource<Authorization>> authorizations(
            Policies policies) {
        SortedMap<String, MeshResource<Authorization>> byName = new TreeMap<>();
        for (Authorization policy : policies.authorizations()) {
            String name = policy.getNamespace() + "/" + policy.getName();
            byName.put(name, MeshResource.of(name, policy));
        }
        return byName;
    }

    private void add(Workload workload) {
        add(workload.getUid(), Address.newBuilder().setWorkload(workload));
    }

    private void add(String name, Address.Builder address) {
        addresses.put(name, MeshResource.of(name, address.build()));
    }
}
