package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Tree;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What of a Pod matters to its node. Two that are equal are the same running pod.
 *
 * @param addresses in the order of {@code status.podIPs}
 * @param ports TCP container ports by number
 */
record PodView(
        ObjectKey key,
        String uid,
        String node,
        List<InetAddress> addresses,
        String serviceAccount,
        String image,
        List<String> command,
        List<Integer> ports,
        Map<String, String> labels,
        Map<String, String> captureAnnotations) {
    /** What istio-cni looks at when it makes the rules of a pod. */
    private static final Set<String> CAPTURE_ANNOTATIONS =
            Set.of(
                    "ambient.istio.io/bypass-inbound-capture",
                    "ambient.istio.io/dns-capture",
                    "istio.io/reroute-virtual-interfaces");

    PodView {
        addresses = List.copyOf(addresses);
        command = List.copyOf(command);
        ports = List.copyOf(ports);
        labels = Map.copyOf(labels);
        captureAnnotations = Map.copyOf(captureAnnotations);
    }

    /** Empty for a pod without a node or an address, one of the host network, or one that ended. */
    static Optional<PodView> of(KubeObject pod) {
        Tree spec = pod.spec();
        String phase = pod.status().text("phase");
        List<InetAddress> addresses = addresses(pod);
        if (spec.text("nodeName").isEmpty()
                || addresses.isEmpty()
                || spec.flag("hostNetwork")
                || phase.equals("Succeeded")
                || phase.equals("Failed")) {
            return Optional.empty();
        }
        List<Tree> containers = spec.trees("containers");
        Tree first = containers.isEmpty() ? Tree.EMPTY : containers.getFirst();
        List<String> command = new ArrayList<>(first.strings("command"));
        command.addAll(first.strings("args"));
        List<Integer> ports = new ArrayList<>();
        for (Tree port : first.trees("ports")) {
            if (port.text("protocol").isEmpty() || port.text("protocol").equals("TCP")) {
                port.integer("containerPort").ifPresent(ports::add);
            }
        }
        return Optional.of(
                new PodView(
                        pod.key(),
                        uid(pod),
                        spec.text("nodeName"),
                        addresses,
                        spec.text("serviceAccountName"),
                        first.text("image"),
                        command,
                        ports,
                        pod.labels(),
                        captureAnnotations(pod)));
    }

    private static Map<String, String> captureAnnotations(KubeObject pod) {
        Map<String, String> annotations = new HashMap<>(pod.annotations());
        annotations.keySet().retainAll(CAPTURE_ANNOTATIONS);
        return annotations;
    }

    static List<InetAddress> addresses(KubeObject pod) {
        return pod.status().trees("podIPs").stream()
                .flatMap(ip -> Literals.address(ip.text("ip")).stream())
                .toList();
    }

    private static String uid(KubeObject pod) {
        return pod.tree()
                .string("metadata", "uid")
                .orElseGet(() -> pod.namespace() + "/" + pod.name());
    }

    /** As in the names of its namespace and of its log. */
    String name() {
        return key.name() + "." + key.namespace();
    }

    /** Whether xDS and CA are found here. */
    boolean isControlPlane() {
        return key.namespace().equals("istio-system")
                && labels.getOrDefault("app", "").equals("istiod");
    }

    /** Whether the same namespace, addresses and program serve the other: labels may differ. */
    boolean runsLike(PodView other) {
        return withoutLabels().equals(other.withoutLabels());
    }

    private PodView withoutLabels() {
        return new PodView(
                key,
                uid,
                node,
                addresses,
                serviceAccount,
                image,
                command,
                ports,
                Map.of(),
                captureAnnotations);
    }
}
