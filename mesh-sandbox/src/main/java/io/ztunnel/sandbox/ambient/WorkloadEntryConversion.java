package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** WorkloadEntries as WDS workloads: what runs outside of the cluster. */
final class WorkloadEntryConversion {
    private static final String GROUP = "istio.io/autoRegistrationGroup";

    private final WorkloadContext mesh;

    WorkloadEntryConversion(WorkloadContext mesh) {
        this.mesh = mesh;
    }

    Workload convert(KubeObject entry, Findings findings) {
        Map<String, String> labels = labels(entry);
        String workloadName = workloadName(entry, labels);
        Workload.Builder workload =
                mesh.start(
                        "networking.istio.io/WorkloadEntry/"
                                + entry.namespace()
                                + "/"
                                + entry.name(),
                        entry.name(),
                        entry.namespace(),
                        entry.spec().text("network"));
        EntryFields.apply(entry.spec(), workload);
        workload.setWorkloadName(workloadName)
                .setCanonicalName(WorkloadNames.canonicalName(labels, workloadName))
                .setCanonicalRevision(WorkloadNames.canonicalRevision(labels));
        WorkloadContext.tunnel(labels, entry.annotations(), workload);
        List<MeshService> memberOf = mesh.selectingEntry(entry.namespace(), labels);
        for (MeshService service : memberOf) {
            workload.putServices(
                    service.key(),
                    WorkloadPorts.onEntry(service.source(), entry.spec().tree("ports")));
        }
        Enrolment.WorkloadBinding enrolled =
                mesh.enrolment()
                        .ofWorkload(
                                new Enrolment.Subject(
                                        entry.namespace(), labels, entry.key().toString()));
        mesh.enrol(enrolled, labels, memberOf, workload);
        condition(entry, enrolled.binding(), findings);
        return workload.build();
    }

    /** The object's own labels go before those of its spec. */
    private static Map<String, String> labels(KubeObject entry) {
        Map<String, String> labels = new HashMap<>(entry.spec().stringMap("labels"));
        labels.putAll(entry.labels());
        return labels;
    }

    private static String workloadName(KubeObject entry, Map<String, String> labels) {
        String group = entry.annotation(GROUP);
        String given = labels.getOrDefault(WorkloadNames.OVERRIDE, "");
        return !group.isEmpty() ? group : !given.isEmpty() ? given : entry.name();
    }

    private static void condition(KubeObject entry, Binding binding, Findings findings) {
        switch (binding) {
            case Binding.None() -> {}
            case Binding.Failed failed ->
                    findings.condition(ServiceWaypoint.conditionOf(entry, failed));
            case Binding.Bound bound ->
                    findings.condition(ServiceWaypoint.conditionOf(entry, bound, false));
        }
    }
}
