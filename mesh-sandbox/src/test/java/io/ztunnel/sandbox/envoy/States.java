package io.ztunnel.sandbox.envoy;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.WaypointState;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What Bookinfo's waypoint acts by, with more manifests. */
final class States {
    private States() {}

    static WaypointState bookinfo(String... documents) {
        List<KubeObject> objects = new ArrayList<>(Bookinfo.throughTheWaypoint());
        ManifestSet set = ManifestLoader.parse("test.yaml", String.join("\n---\n", documents));
        if (!set.problems().isEmpty()) {
            throw new AssertionError(set.problems());
        }
        objects.addAll(set.objects());
        var cluster =
                Cluster.materialize(
                        objects,
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());
        List<Problem> problems = new ArrayList<>();
        return WaypointState.of(
                MeshSettings.DEFAULT, cluster.objects(), "bookinfo", "waypoint", problems::add);
    }

    static Destination destination(WaypointState state, String name) {
        return Objects.requireNonNull(
                state.destinations()
                        .find(
                                new ServicePort(
                                        "bookinfo", name + ".bookinfo.svc.cluster.local", 9080)));
    }

    /** An AuthorizationPolicy for Service reviews. */
    static String policy(String action, String rules) {
        return """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: p, namespace: bookinfo}
        spec:
          targetRefs: [{group: '', kind: Service, name: reviews}]
          action: %s
          rules: [%s]
        """
                .formatted(action, rules);
    }

    static String route(String parent, String hostnames, String rules) {
        return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: r, namespace: bookinfo}
        spec:
          parentRefs: [%s]
          %s
          rules: [%s]
        """
                .formatted(parent, hostnames, rules);
    }

    /** An HTTPRoute that is attached to Service reviews. */
    static String route(String rules) {
        return route("{group: '', kind: Service, name: reviews}", "hostnames: []", rules);
    }

    /** With single quotes, to be read in a table. */
    static String json(Object message) {
        try {
            return JSON.std.asString(message).replace('"', '\'');
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
