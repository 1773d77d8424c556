package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What every kind of workload is made with. */
record WorkloadContext(
        MeshObjects objects,
        Enrolment enrolment,
        Policies policies,
        PublishedServices services,
        NetworkGateways gateways) {
    private static final String REDIRECTION = "ambient.istio.io/redirection";
    private static final String TUNNEL = "networking.istio.io/tunnel";

    /**
     * A workload of this cluster.
     *
     * @param uid without the cluster's id
     * @param network "" for the local one
     */
    Workload.Builder start(String uid, String name, String namespace, String network) {
        MeshSettings settings = objects.settings();
        String where = network.isEmpty() ? objects.network() : network;
        Workload.Builder workload =
                Workload.newBuilder()
                        .setUid(settings.clusterId() + "/" + uid)
                        .setName(name)
                        .setNamespace(namespace)
                        .setNetwork(where)
                        .setClusterId(settings.clusterId())
                        .setTrustDomain(settings.elidedTrustDomain());
        gateways.of(where).ifPresent(workload::setNetworkGateway);
        return workload;
    }

    /** Whether its traffic is captured, or it speaks HBONE by itself. */
    static void tunnel(
            Map<String, String> labels, Map<String, String> annotations, Workload.Builder to) {
        if (annotations.getOrDefault(REDIRECTION, "").equals("enabled")) {
            to.setTunnelProtocol(TunnelProtocol.HBONE);
        }
        if (Arrays.asList(labels.getOrDefault(TUNNEL, "").split(",", -1)).contains("http")) {
            to.setTunnelProtocol(TunnelProtocol.HBONE).setNativeTunnel(true);
        }
    }

    /** Binds a workload and names the policies that it has to enforce. */
    void enrol(
            Enrolment.WorkloadBinding enrolled,
            Map<String, String> policyLabels,
            List<MeshService> memberOf,
            Workload.Builder to) {
        List<Waypoint> waypoints = new ArrayList<>();
        enrolled.tunnel().ifPresent(tunnel -> to.setApplicationTunnel(tunnel.toProto()));
        if (enrolled.binding() instanceof Binding.Bound bound) {
            waypoints.add(bound.waypoint());
            bound.waypoint().address().ifPresent(to::setWaypoint);
        }
        memberOf.forEach(service -> service.waypoint().ifPresent(waypoints::add));
        to.addAllAuthorizationPolicies(
                policies.keysFor(to.getNamespace(), policyLabels, waypoints));
    }

    /** Those that select a workload which is no Pod. */
    List<MeshService> selectingEntry(String namespace, Map<String, String> labels) {
        boolean all = objects.settings().features().selectWorkloadEntries();
        return services.selecting(namespace, labels).stream()
                .filter(service -> all || !service.isKubernetes())
                .toList();
    }

    List<MeshService> selectingPod(KubeObject pod) {
        boolean all = objects.settings().features().selectPods();
        return services.selecting(pod.namespace(), pod.labels()).stream()
                .filter(service -> all || service.isKubernetes())
                .toList();
    }
}
