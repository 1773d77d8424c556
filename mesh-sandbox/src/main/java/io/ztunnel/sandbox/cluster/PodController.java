package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Deployments make ReplicaSets; ReplicaSets, StatefulSets and DaemonSets make Pods. Names follow
 * from the template and the ordinal, so that a pod keeps its name until its template changes.
 */
final class PodController {
    private static final String HASH_LABEL = "pod-template-hash";
    private static final String SET = Kind.REPLICA_SET + "/";
    private static final int MAX_REPLICAS = 1_000;

    /** The apiserver cuts the prefix of a generated name here. */
    private static final int MAX_GENERATE_NAME = 58;

    /** Which of its siblings a pod is, and a seed that they share. */
    record Rank(String group, int ordinal) {}

    private final Draft draft;
    private final Map<ObjectKey, Rank> ranks = new HashMap<>();

    private PodController(Draft draft) {
        this.draft = draft;
    }

    static PodController run(Draft draft, List<NodePlan> nodes) {
        PodController controller = new PodController(draft);
        draft.all(Kind.DEPLOYMENT).forEach(controller::deployment);
        draft.all(Kind.REPLICA_SET).forEach(controller::replicaSet);
        draft.all(Kind.STATEFUL_SET).forEach(controller::statefulSet);
        draft.all(Kind.DAEMON_SET).forEach(set -> controller.daemonSet(set, nodes));
        controller.removeOutdated();
        return controller;
    }

    Rank rank(KubeObject pod) {
        Rank rank = ranks.get(pod.key());
        return rank != null ? rank : new Rank(Draft.name(pod), 0);
    }

    private void deployment(KubeObject deployment) {
        Tree template = deployment.spec().tree("template");
        String hash = StableNames.hash(10, template);
        KubeObject set =
                KubeObject.make(
                        Kind.REPLICA_SET,
                        deployment.namespace(),
                        deployment.name() + "-" + hash,
                        deployment.origin(),
                        edit ->
                                edit.set(withHash(template, hash), "spec", "template")
                                        .set(replicas(deployment), "spec", "replicas")
                                        .set(deployment.spec().tree("selector"), "spec", "selector")
                                        .set(hash, "spec", "selector", "matchLabels", HASH_LABEL)
                                        .set(
                                                template.stringMap("metadata", "labels"),
                                                "metadata",
                                                "labels")
                                        .set(hash, "metadata", "labels", HASH_LABEL)
                                        .set(
                                                List.of(owner(deployment)),
                                                "metadata",
                                                "ownerReferences"));
        draft.generate(set, Optional.of(deployment));
    }

    private void replicaSet(KubeObject set) {
        String prefix = set.name() + "-";
        for (int i = 0; i < replicas(set); i++) {
            String suffix = StableNames.word(5, Draft.name(set) + "/" + i);
            pod(set, generated(prefix) + suffix, prefix, i, Map.of());
        }
    }

    private void statefulSet(KubeObject set) {
        for (int i = 0; i < replicas(set); i++) {
            String name = set.name() + "-" + i;
            pod(
                    set,
                    name,
                    set.name() + "-",
                    i,
                    Map.of(
                            "statefulset.kubernetes.io/pod-name",
                            name,
                            "apps.kubernetes.io/pod-index",
                            String.valueOf(i)));
        }
    }

    private void daemonSet(KubeObject set, List<NodePlan> nodes) {
        Map<String, String> wanted = set.spec().stringMap("template", "spec", "nodeSelector");
        int ordinal = 0;
        for (NodePlan node : nodes) {
            if (!node.labels().entrySet().containsAll(wanted.entrySet())) {
                continue;
            }
            String prefix = set.name() + "-";
            String suffix = StableNames.word(5, Draft.name(set) + "/" + node.name());
            pod(set, generated(prefix) + suffix, prefix, ordinal++, Map.of())
                    .ifPresent(
                            pod ->
                                    draft.put(
                                            pod.with(
                                                    edit ->
                                                            edit.set(
                                                                    node.name(),
                                                                    "spec",
                                                                    "nodeName"))));
        }
    }

    private Optional<KubeObject> pod(
            KubeObject owner, String name, String prefix, int ordinal, Map<String, String> extra) {
        Tree template = owner.spec().tree("template");
        Map<String, String> labels = new TreeMap<>(template.stringMap("metadata", "labels"));
        labels.putAll(extra);
        KubeObject pod =
                KubeObject.make(
                        Kind.POD,
                        owner.namespace(),
                        name,
                        owner.origin(),
                        edit -> {
                            edit.set(generated(prefix), "metadata", "generateName")
                                    .set(labels, "metadata", "labels")
                                    .set(List.of(owner(owner)), "metadata", "ownerReferences")
                                    .set(template.tree("spec"), "spec");
                            template.get("metadata", "annotations")
                                    .ifPresent(a -> edit.set(a, "metadata", "annotations"));
                        });
        if (!draft.generate(pod, Optional.of(owner)) && !isAdopted(pod.key(), owner)) {
            draft.problem(
                    Problem.warning(
                            owner.origin(),
                            "metadata.name",
                            pod.key() + " is written down elsewhere and stays as it is there"));
            return Optional.empty();
        }
        ranks.put(pod.key(), new Rank(Draft.name(owner), ordinal));
        return draft.find(Kind.POD, pod.namespace(), name);
    }

    /** Whether a pod that is written down is one of the owner's, as after it was labelled. */
    private boolean isAdopted(ObjectKey pod, KubeObject owner) {
        return draft.find(Kind.POD, pod.namespace(), pod.name())
                .filter(
                        written ->
                                owners(written)
                                        .anyMatch(o -> o.equals(owner.kind() + "/" + owner.name())))
                .isPresent();
    }

    private static Stream<String> owners(KubeObject pod) {
        return pod.tree().trees("metadata", "ownerReferences").stream()
                .map(owner -> owner.text("kind") + "/" + owner.text("name"));
    }

    /**
     * Written down, of a Deployment that is here and has other pods by now. Where the Deployment
     * itself was made here, for a Gateway, what is written down is the user's own.
     */
    private void removeOutdated() {
        for (KubeObject pod : draft.all(Kind.POD)) {
            String suffix = "-" + pod.label(HASH_LABEL);
            boolean outdated =
                    !ranks.containsKey(pod.key())
                            && owners(pod)
                                    .filter(o -> o.startsWith(SET) && o.endsWith(suffix))
                                    .map(
                                            o ->
                                                    o.substring(
                                                            SET.length(),
                                                            o.length() - suffix.length()))
                                    .anyMatch(
                                            name ->
                                                    draft.find(
                                                                    Kind.DEPLOYMENT,
                                                                    pod.namespace(),
                                                                    name)
                                                            .filter(d -> !isOfGateway(d))
                                                            .isPresent());
            if (outdated) {
                draft.remove(pod.key());
            }
        }
    }

    private static boolean isOfGateway(KubeObject deployment) {
        return !deployment.label(WaypointController.GATEWAY_NAME).isEmpty();
    }

    private static int replicas(KubeObject owner) {
        return Math.clamp(owner.spec().integer("replicas").orElse(1), 0, MAX_REPLICAS);
    }

    private static Tree withHash(Tree template, String hash) {
        return template.edit().set(hash, "metadata", "labels", HASH_LABEL).build();
    }

    private static String generated(String prefix) {
        return prefix.substring(0, Math.min(prefix.length(), MAX_GENERATE_NAME));
    }

    private static Map<String, Object> owner(KubeObject owner) {
        return new TreeMap<>(
                Map.of(
                        "apiVersion", owner.apiVersion(),
                        "kind", owner.kind().text(),
                        "name", owner.name(),
                        "uid", Draft.uid(owner.key()),
                        "controller", true,
                        "blockOwnerDeletion", true));
    }
}
