package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.Optional;
import java.util.stream.Stream;

/** Where each port of a Service leads on one pod. */
final class PodPorts {
    private PodPorts() {}

    /** A port whose name the pod does not have is left out; the others stay. */
    static PortList of(KubeObject service, KubeObject pod) {
        PortList.Builder ports = PortList.newBuilder();
        for (Tree port : service.spec().trees("ports")) {
            target(port, pod)
                    .ifPresent(
                            target ->
                                    ports.addPorts(
                                            Port.newBuilder()
                                                    .setServicePort(port.integer("port").orElse(0))
                                                    .setTargetPort(target)));
        }
        return ports.build();
    }

    private static Optional<Integer> target(Tree port, KubeObject pod) {
        Optional<String> name = port.string("targetPort");
        return name.isPresent()
                ? containerPort(pod, name.get())
                : Optional.of(port.integer("targetPort").orElse(0));
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
