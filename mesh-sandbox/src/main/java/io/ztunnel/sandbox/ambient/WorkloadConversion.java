package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.NetworkMode;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Pods as WDS workloads. */
final class WorkloadConversion {
    private static final String REDIRECTION = "ambient.istio.io/redirection";
    private static final String TUNNEL = "networking.istio.io/tunnel";

    private final MeshObjects objects;
    private final Enrolment enrolment;
    private final Policies policies;
    private final Map<String, List<MeshService>> servicesByNamespace;
    private final Map<String, Locality> localityByNode = new HashMap<>();

    WorkloadConversion(
            MeshObjects objects,
            Enrolment enrolment,
            Policies policies,
            Map<String, List<MeshService>> servicesByNamespace) {
        this.objects = objects;
        this.enrolment = enrolment;
        this.policies = policies;
        this.servicesByNamespace = servicesByNamespace;
        for (KubeObject node : objects.all(Kind.NODE)) {
            locality(node).ifPresent(locality -> localityByNode.put(node.name(), locality));
        }
    }

    /** Empty for a pod that is finished or has no address yet. */
    Optional<Workload> convert(KubeObject pod, Consumer<Problem> problems) {
        List<ByteString> addresses = addresses(pod);
        String phase = pod.status().text("phase");
        if (addresses.isEmpty() || phase.equals("Succeeded") || phase.equals("Failed")) {
            return Optional.empty();
        }
        String workloadName = WorkloadNames.workloadName(pod);
        MeshSettings settings = objects.settings();
        Workload.Builder workload =
                Workload.newBuilder()
                        .setUid(uid(pod))
                        .setName(pod.name())
                        .setNamespace(pod.namespace())
                        .addAllAddresses(addresses)
                        .setNetwork(objects.network())
                        .setClusterId(settings.clusterId())
                        .setTrustDomain(settings.elidedTrustDomain())
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
                        .setCanonicalName(WorkloadNames.canonicalName(pod, workloadName))
                        .setCanonicalRevision(WorkloadNames.canonicalRevision(pod))
                        .addAllAuthorizationPolicies(policies.keysFor(pod));
        Locality locality = localityByNode.get(pod.spec().text("nodeName"));
        if (locality != null) {
            workload.setLocality(locality);
        }
        tunnel(pod, workload);
        waypoint(pod, workload, problems);
        for (MeshService service : servicesByNamespace.getOrDefault(pod.namespace(), List.of())) {
            if (service.selects(pod.labels())) {
                workload.putServices(service.key(), PodPorts.of(service.source(), pod));
            }
        }
        return Optional.of(workload.build());
    }

    /** Empty API group, so two slashes. */
    private String uid(KubeObject pod) {
        return objects.settings().clusterId() + "//Pod/" + pod.namespace() + "/" + pod.name();
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

    private static void tunnel(KubeObject pod, Workload.Builder workload) {
        if (pod.annotation(REDIRECTION).equals("enabled")) {
            workload.setTunnelProtocol(TunnelProtocol.HBONE);
        }
        if (Arrays.asList(pod.label(TUNNEL).split(",", -1)).contains("http")) {
            workload.setTunnelProtocol(TunnelProtocol.HBONE).setNativeTunnel(true);
        }
    }

    private void waypoint(KubeObject pod, Workload.Builder workload, Consumer<Problem> problems) {
        Enrolment.WorkloadBinding enrolled = enrolment.ofWorkload(pod);
        enrolled.tunnel().ifPresent(t -> workload.setApplicationTunnel(t.toProto()));
        switch (enrolled.binding()) {
            case Binding.None() -> {}
            case Binding.Bound bound -> bound.waypoint().address().ifPresent(workload::setWaypoint);
            case Binding.Failed failed -> {
                // istiod writes no condition on pods; an own label that has no effect deserves a
                // word.
                if (pod.labels().containsKey(UseWaypoint.LABEL)) {
                    problems.accept(
                            Problem.warning(
                                    pod.origin(),
                                    "metadata.labels." + UseWaypoint.LABEL,
                                    pod.key() + ": " + failed.message()));
                }
            }
        }
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
