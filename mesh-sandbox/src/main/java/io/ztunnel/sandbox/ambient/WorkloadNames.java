package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a pod is called after: the thing that somebody wrote down, not the names that controllers
 * made of it.
 */
final class WorkloadNames {
    static final String OVERRIDE = "service.istio.io/workload-name";
    private static final Pattern CRON_JOB = Pattern.compile("(.+)-[0-9]{8,10}");

    private WorkloadNames() {}

    static String workloadName(KubeObject pod) {
        String override = pod.label(OVERRIDE);
        if (!override.isEmpty()) {
            return override;
        }
        String owner =
                pod.tree().text("metadata", "generateName").isEmpty()
                        ? ""
                        : controller(pod).map(o -> named(o, pod)).orElse("");
        return owner.isEmpty() ? pod.name() : owner;
    }

    /** The first of these labels that is there, even if empty. */
    static String canonicalName(Map<String, String> labels, String workloadName) {
        return first(labels, "service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
                .orElse(workloadName);
    }

    static String canonicalRevision(Map<String, String> labels) {
        return first(
                        labels,
                        "service.istio.io/canonical-revision",
                        "app.kubernetes.io/version",
                        "version")
                .orElse("latest");
    }

    private static Optional<Tree> controller(KubeObject pod) {
        return pod.tree().trees("metadata", "ownerReferences").stream()
                .filter(owner -> owner.flag("controller"))
                .findFirst();
    }

    private static String named(Tree owner, KubeObject pod) {
        String name = owner.text("name");
        return switch (owner.text("kind")) {
            case "ReplicaSet" ->
                    stripped(name, pod.label("pod-template-hash"))
                            .or(() -> stripped(name, pod.label("rollouts-pod-template-hash")))
                            .orElse(name);
            case "ReplicationController" -> {
                String config = pod.label("deploymentconfig");
                yield config.isEmpty() ? name : config;
            }
            case "Job" -> {
                Matcher matcher = CRON_JOB.matcher(name);
                yield matcher.matches() ? matcher.group(1) : name;
            }
            default -> name;
        };
    }

    private static Optional<String> stripped(String name, String hash) {
        return hash.isEmpty() || !name.endsWith("-" + hash)
                ? Optional.empty()
                : Optional.of(name.substring(0, name.length() - hash.length() - 1));
    }

    private static Optional<String> first(Map<String, String> labels, String... names) {
        for (String name : names) {
            String value = labels.get(name);
            if (value != null) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }
}
