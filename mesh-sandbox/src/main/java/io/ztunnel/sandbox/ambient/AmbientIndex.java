package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** From objects to resources. */
public final class AmbientIndex {
    private AmbientIndex() {}

    /**
     * The same objects give the same bytes, in whatever order they come. Never throws over what an
     * object says.
     *
     * @param objects complete, as an apiserver returns them (or {@code Cluster.materialize})
     */
    public static AmbientSnapshot build(MeshSettings settings, List<KubeObject> objects) {
        List<KubeObject> ordered =
                objects.stream().sorted(java.util.Comparator.comparing(KubeObject::key)).toList();
        MeshObjects mesh = new MeshObjects(settings, ordered);
        Findings findings = new Findings();
        Enrolment enrolment = new Enrolment(new Waypoints(mesh, findings::problem), mesh);
        Policies policies = new Policies(mesh, findings);
        SortedMap<String, MeshResource<Address>> addresses = new TreeMap<>();
        Map<String, List<MeshService>> services = services(mesh, enrolment, findings, addresses);
        WorkloadConversion workloads = new WorkloadConversion(mesh, enrolment, policies, services);
        for (KubeObject pod : mesh.all(Kind.POD)) {
            findings.guard(
                    pod,
                    () ->
                            workloads
                                    .convert(pod, findings::problem)
                                    .ifPresent(
                                            w ->
                                                    add(
                                                            addresses,
                                                            w.getUid(),
                                                            Address.newBuilder()
                                                                    .setWorkload(w)
                                                                    .build())));
        }
        return new AmbientSnapshot(
                addresses, authorizations(policies), findings.conditions(), findings.problems());
    }

    private static Map<String, List<MeshService>> services(
            MeshObjects mesh,
            Enrolment enrolment,
            Findings findings,
            SortedMap<String, MeshResource<Address>> addresses) {
        ServiceConversion conversion = new ServiceConversion(mesh, enrolment);
        Map<String, List<MeshService>> byNamespace = new HashMap<>();
        for (KubeObject object : mesh.all(Kind.SERVICE)) {
            findings.guard(
                    object,
                    () ->
                            conversion
                                    .convert(object, findings::condition, findings::problem)
                                    .ifPresent(
                                            service -> {
                                                add(
                                                        addresses,
                                                        service.key(),
                                                        Address.newBuilder()
                                                                .setService(service.message())
                                                                .build());
                                                byNamespace
                                                        .computeIfAbsent(
                                                                object.namespace(),
                                                                n -> new ArrayList<>())
                                                        .add(service);
                                            }));
        }
        return byNamespace;
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

    private static void add(
            SortedMap<String, MeshResource<Address>> addresses, String name, Address address) {
        addresses.put(name, MeshResource.of(name, address));
    }
}
