package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.cluster.ClusterMemory.PodPlace;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.TreeEditor;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** The kubelet's and the node agent's marks on a pod. */
final class PodStatusWriter {
    private PodStatusWriter() {}

    static void write(
            Draft draft,
            List<NodePlan> nodes,
            SortedMap<String, PodPlace> places,
            RuntimeStatus runtime) {
        for (KubeObject pod : draft.all(Kind.POD)) {
            PodPlace place = places.get(Draft.name(pod));
            KubeObject defaulted = pod.with(edit -> PodDefaults.apply(pod, edit));
            draft.put(
                    place == null
                            ? defaulted.with(PodStatusWriter::unscheduled)
                            : running(draft, nodes, defaulted, place, runtime));
        }
    }

    private static void unscheduled(TreeEditor edit) {
        edit.setIfAbsent("Pending", "status", "phase")
                .setIfAbsent(
                        List.of(condition("PodScheduled", false), condition("Ready", false)),
                        "status",
                        "conditions");
    }

    private static KubeObject running(
            Draft draft,
            List<NodePlan> nodes,
            KubeObject pod,
            PodPlace place,
            RuntimeStatus runtime) {
        boolean wanted =
                draft.find(Kind.NAMESPACE, "", pod.namespace())
                        .filter(namespace -> CaptureRule.shouldCapture(namespace, pod))
                        .isPresent();
        PodStatus observed = runtime.of(pod.key(), wanted);
        boolean ready =
                observed.ready() && !pod.annotation(SandboxAnnotations.READY).equals("false");
        return pod.with(
                edit -> {
                    edit.set(place.node(), "spec", "nodeName")
                            .setIfAbsent(observed.phase().text(), "status", "phase")
                            .setIfAbsent(
                                    List.of(
                                            condition("PodScheduled", true),
                                            condition("Ready", ready)),
                                    "status",
                                    "conditions");
                    hostIp(nodes, place.node(), edit);
                    if (!place.addresses().isEmpty()) {
                        edit.set(place.addresses().getFirst(), "status", "podIP")
                                .set(
                                        place.addresses().stream()
                                                .map(ip -> Map.of("ip", ip))
                                                .toList(),
                                        "status",
                                        "podIPs");
                    }
                    if (observed.captured()) {
                        edit.set("enabled", "metadata", "annotations", CaptureRule.REDIRECTION);
                    } else {
                        edit.remove("metadata", "annotations", CaptureRule.REDIRECTION);
                    }
                });
    }

    private static void hostIp(List<NodePlan> nodes, String name, TreeEditor edit) {
        nodes.stream()
                .filter(node -> node.name().equals(name))
                .flatMap(node -> node.addresses().values().stream())
                .findFirst()
                .ifPresent(ip -> edit.setIfAbsent(ip, "status", "hostIP"));
    }

    private static Map<String, String> condition(String type, boolean status) {
        return new java.util.TreeMap<>(Map.of("type", type, "status", status ? "True" : "False"));
    }
}
