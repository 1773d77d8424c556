package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every policy that ztunnel gets, and which of them a workload must name. */
final class Policies {
    private final PeerAuthentications peerAuthentications;
    private final WaypointAllowances allowances;
    private final String rootNamespace;
    private final List<Authorization> authorizations = new ArrayList<>();
    private final SelectorIndex<String> selecting = new SelectorIndex<>();

    Policies(MeshObjects objects, Waypoints waypoints, Findings findings) {
        rootNamespace = objects.settings().rootNamespace();
        peerAuthentications = new PeerAuthentications(objects);
        allowances = new WaypointAllowances(objects.settings(), waypoints);
        for (KubeObject policy : objects.all(Kind.AUTHORIZATION_POLICY)) {
            findings.guard(policy, () -> add(policy, objects.settings(), findings));
        }
        authorizations.addAll(peerAuthentications.authorizations());
        authorizations.addAll(allowances.authorizations());
    }

    List<Authorization> authorizations() {
        return authorizations;
    }

    /**
     * Selector policies of the workload's and the root namespace, sorted; then those of mutual TLS,
     * sorted; then those that admit its waypoints.
     *
     * @param waypoints that the workload is reached through, directly or by one of its services
     */
    List<String> keysFor(String namespace, Map<String, String> labels, List<Waypoint> waypoints) {
        List<String> keys = new ArrayList<>();
        selecting.forEach(namespace, labels, keys::add);
        if (!namespace.equals(rootNamespace)) {
            selecting.forEach(rootNamespace, labels, keys::add);
        }
        keys.sort(null);
        keys.addAll(peerAuthentications.keysFor(namespace, labels));
        keys.addAll(allowances.keysFor(waypoints));
        return keys;
    }

    private void add(KubeObject policy, MeshSettings settings, Findings findings) {
        AuthorizationPolicyConversion.convert(
                        policy, settings, findings::condition, findings::problem)
                .ifPresent(
                        authorization -> {
                            authorizations.add(authorization);
                            selecting.add(
                                    policy.namespace(),
                                    policy.spec().stringMap("selector", "matchLabels"),
                                    policy.namespace() + "/" + policy.name());
                        });
    }
}
