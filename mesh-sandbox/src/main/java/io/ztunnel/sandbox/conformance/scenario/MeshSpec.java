package io.ztunnel.sandbox.conformance.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a mesh consists of before any scenario.
 *
 * @param nodes their names
 * @param vips names for addresses of services
 * @param environment of the ztunnels, beside what every ztunnel has
 * @param resources served beside the workloads of the pods
 */
public record MeshSpec(
        List<String> nodes,
        List<PodSpec> pods,
        List<String> vips,
        Map<String, String> environment,
        List<ResourceTemplate> resources) {
    public MeshSpec {
        nodes = List.copyOf(nodes);
        pods = List.copyOf(pods);
        vips = List.copyOf(vips);
        environment = Map.copyOf(environment);
        resources = List.copyOf(resources);
    }

    /** How the control plane knows a pod. */
    public enum Kind {
        /** As a workload that speaks HBONE. */
        HBONE,
        /** As a workload that speaks TCP. */
        TCP,
        /** Not at all. */
        UNKNOWN
    }

    /**
     * @param captured whether the node agent hands it to ztunnel
     */
    public record PodSpec(
            String name,
            String namespace,
            String node,
            String serviceAccount,
            boolean captured,
            Kind kind) {
        public String uid() {
            return "Kubernetes//Pod/" + namespace + "/" + name;
        }

        public String identity() {
            return "spiffe://cluster.local/ns/" + namespace + "/sa/" + serviceAccount;
        }
    }

    static MeshSpec read(Item item) {
        FieldReader reader = item.reader();
        MeshSpec spec =
                new MeshSpec(
                        reader.strings("nodes"),
                        reader.list("pods").stream().map(MeshSpec::pod).toList(),
                        reader.strings("vips"),
                        reader.texts("environment"),
                        reader.list("resources").stream().map(ResourceTemplate::read).toList());
        reader.end();
        for (PodSpec pod : spec.pods) {
            if (!spec.nodes.contains(pod.node())) {
                throw item.error("pod " + pod.name() + " is on unknown node " + pod.node());
            }
        }
        return spec;
    }

    private static PodSpec pod(Item item) {
        FieldReader reader = item.reader();
        String name = reader.text("name");
        boolean captured = reader.flag("captured", false);
        PodSpec pod =
                new PodSpec(
                        name,
                        reader.text("namespace", "mesh"),
                        reader.text("node"),
                        reader.text("serviceAccount", name),
                        captured,
                        reader.choice("kind", Kind.class, captured ? Kind.HBONE : Kind.UNKNOWN));
        reader.end();
        return pod;
    }

    /** The same with what a file of scenarios wants otherwise. */
    MeshSpec with(Item item) {
        FieldReader reader = item.reader();
        Map<String, String> variables = new TreeMap<>(environment);
        variables.putAll(reader.texts("environment"));
        List<PodSpec> more = new ArrayList<>(pods);
        for (Item element : reader.list("pods")) {
            PodSpec pod = pod(element);
            more.removeIf(known -> known.name().equals(pod.name()));
            more.add(pod);
        }
        reader.end();
        return new MeshSpec(nodes, more, vips, variables, resources);
    }
}
