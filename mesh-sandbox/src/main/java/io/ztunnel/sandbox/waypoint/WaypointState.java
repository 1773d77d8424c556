package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.ambient.AmbientIndex;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;
import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.policy.PolicyTable;
import io.ztunnel.sandbox.waypoint.route.RouteTable;

import java.util.List;
import java.util.function.Consumer;

/**
 * Everything that a waypoint acts by, of one moment: where clients may go, what their requests
 * meet, and who may do what. Immutable.
 */
public record WaypointState(
        Destinations destinations, RouteTable routes, PolicyTable policies, Workloads workloads) {
    static final WaypointState NOTHING =
            new WaypointState(
                    Destinations.NONE, RouteTable.EMPTY, PolicyTable.EMPTY, Workloads.NONE);

    /** Without routes and policies. */
    static WaypointState of(Destinations destinations) {
        return new WaypointState(destinations, RouteTable.EMPTY, PolicyTable.EMPTY, Workloads.NONE);
    }

    /**
     * @param objects complete, as {@code Cluster.materialize} makes them
     * @param problems of routes and policies
     */
    public static WaypointState of(
            MeshSettings settings,
            List<KubeObject> objects,
            String namespace,
            String name,
            Consumer<Problem> problems) {
        AmbientSnapshot snapshot = AmbientIndex.build(settings, objects);
        GatewayScope scope = new GatewayScope(settings, objects, namespace, name);
        return new WaypointState(
                Destinations.of(snapshot, scope.hostname(name, namespace)),
                RouteTable.of(scope, problems),
                PolicyTable.of(scope, problems),
                Workloads.of(snapshot));
    }
}
