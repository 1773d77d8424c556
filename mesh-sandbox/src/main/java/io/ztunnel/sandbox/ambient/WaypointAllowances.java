package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.security.StringMatch;

import java.util.List;

/**
 * Where it is switched on: a policy for each waypoint with pods that allows what comes from the
 * waypoint. Who is behind it lists the policy, and is then reached in no other way.
 */
final class WaypointAllowances {
    private final MeshSettings settings;
    private final Waypoints waypoints;

    WaypointAllowances(MeshSettings settings, Waypoints waypoints) {
        this.settings = settings;
        this.waypoints = waypoints;
    }

    List<Authorization> authorizations() {
        return waypoints.all().stream().filter(this::applies).map(this::policy).toList();
    }

    /** Sorted. */
    List<String> keysFor(List<Waypoint> waypoints) {
        return waypoints.stream()
                .filter(this::applies)
                .map(waypoint -> waypoint.namespace() + "/" + name(waypoint))
                .distinct()
                .sorted()
                .toList();
    }

    private boolean applies(Waypoint waypoint) {
        return settings.features().allowFromWaypoint() && !waypoint.serviceAccounts().isEmpty();
    }

    /** No Kubernetes name holds an underscore. */
    private static String name(Waypoint waypoint) {
        return "istio_allow_waypoint_" + waypoint.namespace() + "_" + waypoint.name();
    }

    private Authorization policy(Waypoint waypoint) {
        Match.Builder match = Match.newBuilder();
        for (String account : waypoint.serviceAccounts()) {
            match.addPrincipals(
                    StringMatch.newBuilder()
                            .setExact(
                                    settings.trustDomain()
                                            + "/ns/"
                                            + waypoint.namespace()
                                            + "/sa/"
                                            + account));
        }
        return Authorization.newBuilder()
                .setName(name(waypoint))
                .setNamespace(waypoint.namespace())
                .setScope(Scope.WORKLOAD_SELECTOR)
                .setAction(Action.ALLOW)
                .addRules(Rule.newBuilder().addClauses(Clause.newBuilder().addMatches(match)))
                .build();
    }
}
