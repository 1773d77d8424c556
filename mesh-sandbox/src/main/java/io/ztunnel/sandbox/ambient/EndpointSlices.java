package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * EndpointSlices of Services: they put pods into Services that do not select them, and name
 * endpoints that are no pods.
 */
final class EndpointSlices {
    private static final String SERVICE_NAME = "kubernetes.io/service-name";

    /** What a slice says to identify a pod. */
    private record PodRef(String namespace, String name, String uid) {}

    private final WorkloadContext mesh;
    private final Map<PodRef, List<MeshService>> ofPods = new HashMap<>();

    EndpointSlices(WorkloadContext mesh) {
        this.mesh = mesh;
        for (KubeObject slice : mesh.objects().all(Kind.ENDPOINT_SLICE)) {
            for (MeshService service : services(slice)) {
                for (Tree endpoint : slice.tree().trees("endpoints")) {
                    Tree target = endpoint.tree("targetRef");
                    if (isPod(target)) {
                        PodRef pod =
                                new PodRef(
                                        target.text("namespace"),
                                        target.text("name"),
                                        target.text("uid"));
                        ofPods.computeIfAbsent(pod, p -> new ArrayList<>()).add(service);
                    }
                }
            }
        }
    }

    List<MeshService> servicesOf(KubeObject pod) {
        return ofPods.getOrDefault(
                new PodRef(pod.namespace(), pod.name(), pod.tree().text("metadata", "uid")),
                List.of());
    }

    /** The endpoints that are no pods; they might share an address with anything. */
    List<Workload> convert(KubeObject slice) {
        List<Workload> workloads = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (MeshService service : services(slice)) {
            for (Tree endpoint : slice.tree().trees("endpoints")) {
                List<String> addresses = endpoint.strings("addresses");
                if (!isPod(endpoint.tree("targetRef"))
                        && !addresses.isEmpty()
                        && seen.add(addresses.getFirst())) {
                    workloads.add(workload(slice, service, endpoint, addresses));
                }
            }
        }
        return workloads;
    }

    private Workload workload(
            KubeObject slice, MeshService service, Tree endpoint, List<String> addresses) {
        boolean ready =
                !endpoint.get("conditions", "ready").filter(Boolean.FALSE::equals).isPresent();
        return mesh.start(
                        "discovery.k8s.io/EndpointSlice/"
                                + slice.namespace()
                                + "/"
                                + slice.name()
                                + "/"
                                + addresses.getFirst(),
                        slice.name(),
                        slice.namespace(),
                        "")
                .addAllAddresses(
                        addresses.stream()
                                .flatMap(text -> IpLiteral.parse(text).stream())
                                .map(ByteString::copyFrom)
                                .toList())
                .setStatus(ready ? WorkloadStatus.HEALTHY : WorkloadStatus.UNHEALTHY)
                .setNetworkMode(NetworkMode.HOST_NETWORK)
                .putServices(service.key(), ports(slice, service.source()))
                .build();
    }

    /** A slice's port is that of the Service with the same name. */
    private static PortList ports(KubeObject slice, KubeObject service) {
        PortList.Builder ports = PortList.newBuilder();
        for (Tree port : slice.tree().trees("ports")) {
            boolean usable =
                    port.has("name")
                            && port.integer("port").isPresent()
                            && port.text("protocol").equals("TCP");
            for (Tree declared : service.spec().trees("ports")) {
                if (usable && declared.text("name").equals(port.text("name"))) {
                    ports.addPorts(
                            Port.newBuilder()
                                    .setServicePort(declared.integer("port").orElse(0))
                                    .setTargetPort(port.integer("port").orElse(0)));
                    break;
                }
            }
        }
        return ports.build();
    }

    /** The Service of a slice: none for one without name, or of host names. */
    private List<MeshService> services(KubeObject slice) {
        String name = slice.label(SERVICE_NAME);
        return name.isEmpty() || slice.tree().text("addressType").equals("FQDN")
                ? List.of()
                : mesh.services().of(new ObjectKey(Kind.SERVICE, slice.namespace(), name));
    }

    private static boolean isPod(Tree target) {
        return target.text("kind").equals("Pod");
    }
}
