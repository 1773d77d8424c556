package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.PodStatus;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.process.KeptProcess;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code status} says, as a tree that JSON and YAML can hold. */
final class StatusReport {
    private StatusReport() {}

    static Map<String, Object> of(
            SandboxOptions options,
            SandboxNames names,
            Collection<NodeRuntime> nodes,
            Collection<PodRuntime> pods,
            List<String> problems) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("id", options.id());
        report.put("pid", ProcessHandle.current().pid());
        report.put("manifests", options.manifests().toString());
        report.put("stateDirectory", StateDirectory.of(names).folder().toString());
        report.put("rootNamespace", names.root());
        report.put("nodes", nodes.stream().map(node -> node(names, node)).toList());
        List<Map<String, Object>> list = new ArrayList<>();
        for (PodRuntime pod : pods) {
            list.add(pod(pod));
        }
        report.put("pods", list);
        report.put("problems", problems);
        return report;
    }

    private static Map<String, Object> node(SandboxNames names, NodeRuntime node) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", node.link.name());
        entry.put("networkNamespace", names.node(node.link.name()));
        entry.put("addresses", texts(node.link.addresses()));
        entry.put("ready", node.ready);
        process(entry, node.ztunnel);
        return entry;
    }

    private static Map<String, Object> pod(PodRuntime pod) {
        PodStatus status = pod.status();
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("namespace", pod.pod.key().namespace());
        entry.put("name", pod.pod.key().name());
        entry.put("node", pod.pod.node());
        entry.put("networkNamespace", pod.namespace.getFileName().toString());
        entry.put("addresses", texts(pod.pod.addresses()));
        entry.put("program", pod.program.text());
        entry.put("ready", status.ready());
        entry.put("captured", status.captured());
        entry.put("captureWanted", pod.wantsCapture);
        process(entry, pod.process);
        return entry;
    }

    private static void process(Map<String, Object> entry, @Nullable KeptProcess process) {
        if (process != null) {
            process.pid().ifPresent(pid -> entry.put("pid", pid));
            entry.put("restarts", process.restarts());
        }
    }

    private static List<String> texts(List<InetAddress> addresses) {
        return addresses.stream().map(Literals::text).toList();
    }
}
