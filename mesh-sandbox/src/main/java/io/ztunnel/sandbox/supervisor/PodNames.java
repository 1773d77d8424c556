package io.ztunnel.sandbox.supervisor;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * How people name pods: {@code POD} or {@code POD.NAMESPACE}, where the beginning of a generated
 * name is enough as long as it says which one.
 */
final class PodNames {
    private PodNames() {}

    /** Whole names go before beginnings. */
    static List<PodRuntime> matching(Collection<PodRuntime> pods, String target) {
        List<PodRuntime> whole =
                pods.stream()
                        .filter(
                                pod ->
                                        pod.pod.key().name().equals(target)
                                                || pod.pod.name().equals(target))
                        .toList();
        return whole.isEmpty() ? pods.stream().filter(pod -> begins(pod, target)).toList() : whole;
    }

    private static boolean begins(PodRuntime pod, String target) {
        String namespace = "." + pod.pod.key().namespace();
        String start =
                target.endsWith(namespace)
                        ? target.substring(0, target.length() - namespace.length())
                        : target;
        return !start.isEmpty() && pod.pod.key().name().startsWith(start + "-");
    }

    static String problem(List<PodRuntime> matching, String target) {
        if (matching.isEmpty()) {
            return String.format(Locale.ROOT, "no pod is called '%s'", target);
        }
        List<String> names = matching.stream().map(pod -> pod.pod.name()).sorted().toList();
        return "'" + target + "' could be any of " + String.join(", ", names);
    }
}
