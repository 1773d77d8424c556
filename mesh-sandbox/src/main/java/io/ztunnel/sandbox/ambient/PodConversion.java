package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pods as WDS workloads. */
final class PodConversion {
    private final WorkloadContext mesh;
    private final EndpointSlices slices;
    private final Map<String, Locality> localityByNode = new HashMap<>();

    PodConversion(WorkloadContext mesh, EndpointSlices slices) {
        this.mesh = mesh;
        this.slices = slices;
        for (KubeObject node : mesh.objects().all(Kind.NODE)) {
            locality(node).ifPresent(locality -> localityByNode.put(node.name(), locality));
        }
    }

    /** Empty for a pod that is finished or has no address yet. */
    Optional<Workload> convert(KubeObject pod, Findings findings) {
        List<ByteString> addresses = addresses(pod);
        String phase = pod.status().text("phase");
        if (addresses.isEmpty() || phase.equals("Succeeded") || phase.equals("Failed")) {
            return Optional.empty();
        }
        String workloadName = WorkloadNames.workloadName(pod);
        // The core group has no name, so two slashes.
        String uid = "/Pod/" + pod.namespace() + "/" + pod.name();
        Workload.Builder workload =
                mesh.start(uid, pod.name(), pod.namespace(), "")
                        .addAllAddresses(addresses)
                        .setServiceAccount(pod.spec().text("serviceAccountName"))
                        .setNode(pod.spec().text("nodeName"))
                        .setStatus(
                                isHealthy(pod) ? WorkloadStatus.HEALTHY : WorkloadStatus.UNHEALTHY)
                        .setNetworkMode(
                                pod.spec().flag("hostNetwork")
                                        ? NetworkMode.HOST_NETWORK
                                        : NetworkMode.STANDARD)
                        .setWorkloadType(WorkloadType.POD)
                        .setWorkloadName(workloadName)
                        .setCanonicalName(WorkloadNames.canonicalName(pod.labels(), workloadName))
                        .setCanonicalRevision(WorkloadNames.canonicalRevision(pod.labels()));
        Locality locality = localityByNode.get(pod.spec().text("nodeName"));
        if (locality != null) {
            workload.setLocality(locality);
        }
        WorkloadContext.tunnel(pod.labels(), pod.annotations(), workload);
        List<MeshService> memberOf = services(pod);
        for (MeshService service : memberOf) {
            workload.putServices(service.key(), WorkloadPorts.onPod(service.source(), pod));
        }
        Enrolment.WorkloadBinding enrolled = mesh.enrolment().ofWorkload(Enrolment.Subject.of(pod));
        mesh.enrol(enrolled, pod.labels(), memberOf, workload);
        warn(pod, enrolled.binding(), findings);
        return Optional.of(workload.build());
    }

    /** Those that select it, and those that a slice puts it into. */
    private List<MeshService> services(KubeObject pod) {
        List<MeshService> services = new ArrayList<>(mesh.selectingPod(pod));
        for (MeshService service : slices.servicesOf(pod)) {
            if (!services.contains(service)) {
                services.add(service);
            }
        }
        return services;
    }

    /** istiod writes no condition on pods; an own label that has no effect deserves a word. */
    private static void warn(KubeObject pod, Binding binding, Findings findings) {
        if (binding instanceof Binding.Failed failed
                && pod.labels().containsKey(UseWaypoint.LABEL)) {
            findings.problem(
                    Problem.warning(
                            pod.origin(),
                            "metadata.labels." + UseWaypoint.LABEL,
                            pod.key() + ": " + failed.message()));
        }
    }

    /** Empty when there is none, or when one of them is no address. */
    private static List<ByteString> addresses(KubeObject pod) {
        List<String> texts =
                new ArrayList<>(
                        pod.status().trees("podIPs").stream().map(ip -> ip.text("ip")).toList());
        if (texts.isEmpty()) {
            pod.status().string("podIP").ifPresent(texts::add);
        }
        List<ByteString> addresses = new ArrayList<>();
        for (String text : texts) {
            Optional<byte[]> bytes = IpLiteral.parse(text);
            if (bytes.isEmpty()) {
                return List.of();
            }
            addresses.add(ByteString.copyFrom(bytes.get()));
        }
        return addresses;
    }

    private static boolean isHealthy(KubeObject pod) {
        return !pod.tree().has("metadata", "deletionTimestamp")
                && pod.status().trees("conditions").stream()
                        .anyMatch(
                                condition ->
                                        condition.text("type").equals("Ready")
                                                && condition.text("status").equals("True"));
    }

    private static Optional<Locality> locality(KubeObject node) {
        Locality locality =
                Locality.newBuilder()
                        .setRegion(node.label("topology.kubernetes.io/region"))
                        .setZone(node.label("topology.kubernetes.io/zone"))
                        .setSubzone(node.label("topology.istio.io/subzone"))
                        .build();
        return locality.equals(Locality.getDefaultInstance())
                ? Optional.empty()
                : Optional.of(locality);
    }
}
