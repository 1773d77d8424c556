package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.net.ServiceAddress;
import io.ztunnel.sandbox.net.ServiceAddress.Backend;
import io.ztunnel.sandbox.net.ServiceAddress.Protocol;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What kube-proxy makes of Services and Pods: who answers for which cluster IP and port. */
final class ServiceTable {
    private ServiceTable() {}

    /** In the order of the objects; Services without a cluster IP have no part in it. */
    static List<ServiceAddress> of(List<KubeObject> objects) {
        List<KubeObject> pods = objects.stream().filter(o -> o.kind() == Kind.POD).toList();
        List<ServiceAddress> table = new ArrayList<>();
        for (KubeObject service : objects) {
            if (service.kind() == Kind.SERVICE) {
                add(service, pods, table);
            }
        }
        return table;
    }

    private static void add(KubeObject service, List<KubeObject> pods, List<ServiceAddress> table) {
        List<KubeObject> members =
                pods.stream().filter(pod -> isReadyMember(service, pod)).toList();
        for (String ip : service.spec().strings("clusterIPs")) {
            Optional<InetAddress> address = Literals.address(ip);
            if (address.isEmpty()) {
                continue; // "None": headless
            }
            for (Tree port : service.spec().trees("ports")) {
                Optional<Protocol> protocol = protocol(port);
                int number = port.integer("port").orElse(0);
                if (protocol.isPresent() && Literals.isPort(number)) {
                    table.add(
                            new ServiceAddress(
                                    address.get(),
                                    protocol.get(),
                                    number,
                                    backends(members, port, number, address.get())));
                }
            }
        }
    }

    private static boolean isReadyMember(KubeObject service, KubeObject pod) {
        Map<String, String> selector = service.spec().stringMap("selector");
        return !selector.isEmpty()
                && pod.namespace().equals(service.namespace())
                && pod.labels().entrySet().containsAll(selector.entrySet())
                && (isReady(pod) || service.spec().flag("publishNotReadyAddresses"));
    }

    static boolean isReady(KubeObject pod) {
        return pod.status().trees("conditions").stream()
                .anyMatch(c -> c.text("type").equals("Ready") && c.text("status").equals("True"));
    }

    private static List<Backend> backends(
            List<KubeObject> pods, Tree port, int number, InetAddress service) {
        List<Backend> backends = new ArrayList<>();
        for (KubeObject pod : pods) {
            Optional<Integer> target = target(pod, port, number).filter(Literals::isPort);
            for (InetAddress address : PodView.addresses(pod)) {
                boolean sameFamily = address.getAddress().length == service.getAddress().length;
                if (sameFamily && target.isPresent()) {
                    backends.add(new Backend(address, target.get()));
                }
            }
        }
        return backends;
    }

    /** A named target port is looked up in each pod: replicas may differ. */
    private static Optional<Integer> target(KubeObject pod, Tree port, int number) {
        Optional<String> name = port.string("targetPort");
        if (name.isEmpty()) {
            return Optional.of(port.integer("targetPort").orElse(number));
        }
        return pod.spec().trees("containers").stream()
                .flatMap(container -> container.trees("ports").stream())
                .filter(candidate -> candidate.text("name").equals(name.get()))
                .flatMap(candidate -> candidate.integer("containerPort").stream())
                .findFirst();
    }

    private static Optional<Protocol> protocol(Tree port) {
        return switch (port.string("protocol").orElse("TCP")) {
            case "TCP" -> Optional.of(Protocol.TCP);
            case "UDP" -> Optional.of(Protocol.UDP);
            default -> Optional.empty(); // SCTP: nothing here speaks it
        };
    }
}
