package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Where each port of a Service or ServiceEntry leads on one workload. */
final class WorkloadPorts {
    private WorkloadPorts() {}

    /** A port whose name the pod does not have is left out; the others stay. */
    static PortList onPod(KubeObject service, KubeObject pod) {
        return service.kind() == Kind.SERVICE
                ? ofService(service, port -> onPod(port, pod))
                : ofEntry(service, name -> containerPort(pod, name));
    }

    /**
     * @param ports of a WorkloadEntry or an endpoint, by name
     */
    static PortList onEntry(KubeObject service, Tree ports) {
        return service.kind() == Kind.SERVICE
                ? ofService(service, port -> onEntry(port, ports))
                : ofEntry(service, name -> ports.integer(name));
    }

    private static Optional<Integer> onPod(Tree port, KubeObject pod) {
        Optional<String> name = port.string("targetPort");
        return name.isPresent()
                ? containerPort(pod, name.get())
                : Optional.of(port.integer("targetPort").orElse(0));
    }

    private static Optional<Integer> onEntry(Tree port, Tree ports) {
        Optional<String> name = port.string("targetPort");
        return name.isPresent()
                ? ports.integer(name.get())
                : ports.integer(port.text("name"))
                        .or(() -> Optional.of(port.integer("targetPort").orElse(0)));
    }

    private static PortList ofService(
            KubeObject service, Function<Tree, Optional<Integer>> target) {
        PortList.Builder ports = PortList.newBuilder();
        for (Tree port : service.spec().trees("ports")) {
            target.apply(port).ifPresent(t -> add(ports, port.integer("port").orElse(0), t));
        }
        return ports.build();
    }

    /** By the name of the entry's port, or else where the entry says. */
    private static PortList ofEntry(KubeObject entry, Function<String, Optional<Integer>> named) {
        PortList.Builder ports = PortList.newBuilder();
        for (Tree port : entry.spec().trees("ports")) {
            int number = port.integer("number").orElse(0);
            int target = port.integer("targetPort").filter(t -> t != 0).orElse(number);
            add(ports, number, named.apply(port.text("name")).orElse(target));
        }
        return ports.build();
    }

    private static void add(PortList.Builder ports, int service, int target) {
        ports.addPorts(Port.newBuilder().setServicePort(service).setTargetPort(target));
    }

    private static Optional<Integer> containerPort(KubeObject pod, String name) {
        Stream<Tree> sidecars =
                pod.spec().trees("initContainers").stream()
                        .filter(container -> container.text("restartPolicy").equals("Always"));
        return Stream.concat(pod.spec().trees("containers").stream(), sidecars)
                .flatMap(container -> container.trees("ports").stream())
                .filter(port -> port.text("name").equals(name))
                .filter(port -> port.string("protocol").orElse("TCP").equals("TCP"))
                .flatMap(port -> port.integer("containerPort").stream())
                .findFirst();
    }
}
