package io.ztunnel.sandbox.conformance.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a mesh consists of before any scenario.
 *
 * @param nodes their names
 * @param vips names for addresses of services
 * @param environment of the ztunnels, beside what every ztunnel has
 * @param sysctls of every pod, such as {@code net/ipv4/tcp_migrate_req=1}
 * @param dedicated by node the one pod that its ztunnel serves, in the pod's own namespace
 * @param resources served beside the workloads of the pods
 */
public record MeshSpec(
        List<String> nodes,
        List<PodSpec> pods,
        List<String> vips,
        Map<String, String> environment,
        List<String> sysctls,
        Map<String, String> dedicated,
        List<ResourceTemplate> resources) {
    public MeshSpec {
        nodes = List.copyOf(nodes);
        pods = List.copyOf(pods);
        vips = List.copyOf(vips);
        environment = Map.copyOf(environment);
        sysctls = List.copyOf(sysctls);
        dedicated = Map.copyOf(dedicated);
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
                        List.of(),
                        Map.of(),
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
        List<String> settings = reader.strings("sysctls");
        Map<String, String> alone = reader.texts("dedicated");
        reader.end();
        return new MeshSpec(nodes, more, vips, variables, settings, alone, resources);
    }

    /** The pod of that name. */
    public Optional<PodSpec> pod(String name) {
        return pods.stream().filter(pod -> pod.name().equals(name)).findFirst();
    }
}
