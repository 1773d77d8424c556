package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every policy that ztunnel gets, and which of them a pod must name. */
final class Policies {
    /** A converted AuthorizationPolicy with labels to select by. */
    private record Selecting(String key, Map<String, String> labels) {}

    private final PeerAuthentications peerAuthentications;
    private final String rootNamespace;
    private final List<Authorization> authorizations = new ArrayList<>();
    private final Map<String, List<Selecting>> selecting = new HashMap<>();

    Policies(MeshObjects objects, Findings findings) {
        rootNamespace = objects.settings().rootNamespace();
        peerAuthentications = new PeerAuthentications(objects);
        for (KubeObject policy : objects.all(Kind.AUTHORIZATION_POLICY)) {
            findings.guard(policy, () -> add(policy, objects.settings(), findings));
        }
        authorizations.addAll(peerAuthentications.authorizations());
    }

    List<Authorization> authorizations() {
        return authorizations;
    }

    /**
     * Selector policies of the pod's and the root namespace, sorted; then those of mutual TLS,
     * sorted.
     */
    List<String> keysFor(KubeObject pod) {
        Stream<Selecting> candidates = selecting(pod.namespace());
        if (!pod.namespace().equals(rootNamespace)) {
            candidates = Stream.concat(candidates, selecting(rootNamespace));
        }
        List<String> keys =
                new ArrayList<>(
                        candidates
                                .filter(p -> LabelSelector.isSubset(p.labels(), pod.labels()))
                                .map(Selecting::key)
                                .sorted()
                                .toList());
        keys.addAll(peerAuthentications.keysFor(pod));
        return keys;
    }

    private void add(KubeObject policy, MeshSettings settings, Findings findings) {
        AuthorizationPolicyConversion.convert(
                        policy, settings, findings::condition, findings::problem)
                .ifPresent(
                        authorization -> {
                            authorizations.add(authorization);
                            Map<String, String> labels =
                                    policy.spec().stringMap("selector", "matchLabels");
                            if (!labels.isEmpty()) {
                                selecting
                                        .computeIfAbsent(policy.namespace(), n -> new ArrayList<>())
                                        .add(
                                                new Selecting(
                                                        policy.namespace() + "/" + policy.name(),
                                                        labels));
                            }
                        });
    }

    private Stream<Selecting> selecting(String namespace) {
        return selecting.getOrDefault(namespace, List.of()).stream();
    }
}
