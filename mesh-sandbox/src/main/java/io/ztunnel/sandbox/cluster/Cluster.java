package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.List;
import java.util.SortedMap;

/**
 * The apiserver's defaults, the controllers, the scheduler and the kubelet's status, as one
 * function.
 */
public final class Cluster {
    private Cluster() {}

    /**
     * Completes manifests to what a cluster would hold. The same arguments give the same result,
     * and so does passing the result's memory in the next call. Never throws over what a manifest
     * says: what cannot be done is a problem of the result, and concerns its object only.
     *
     * @param user objects that passed the loader's checks
     * @param before memory of the previous result, or {@link ClusterMemory#EMPTY}
     */
    public static ClusterState materialize(
            List<KubeObject> user,
            ClusterSettings settings,
            ClusterMemory before,
            RuntimeStatus runtime) {
        Draft draft = new Draft(user, settings, before);
        List<NodePlan> nodes = NodePlan.complete(draft);
        WaypointController.run(draft);
        PodController pods = PodController.run(draft, nodes);
        Namespaces.complete(draft);
        SortedMap<String, List<String>> services = ServiceDefaults.complete(draft);
        SortedMap<String, List<String>> entries = ServiceEntryAddresses.complete(draft);
        SortedMap<String, ClusterMemory.PodPlace> places = PodPlacement.place(draft, nodes, pods);
        PodStatusWriter.write(draft, nodes, places, runtime);
        SliceDefaults.complete(draft);
        SortedMap<String, List<String>> gateways = GatewayStatus.complete(draft);
        return new ClusterState(
                draft.all(),
                new ClusterMemory(NodePlan.numbers(nodes), places, services, gateways, entries),
                draft.problems());
    }
}
