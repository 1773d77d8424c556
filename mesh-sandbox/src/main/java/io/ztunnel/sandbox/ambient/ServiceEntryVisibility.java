package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The mesh's {@code serviceEntryVisibility}: who may use the hosts of a ServiceEntry, by its
 * namespace.
 *
 * @param configured whether anybody said anything; only then objects get a condition
 * @param otherwise where no policy matches
 * @param policies the first that matches decides
 */
public record ServiceEntryVisibility(
        boolean configured, Visibility otherwise, List<Policy> policies) {
    /** Everybody, as it was before there was a choice. */
    public static final ServiceEntryVisibility UNSET =
            new ServiceEntryVisibility(false, Visibility.PUBLIC, List.of());

    /** For whom. */
    public enum Visibility {
        PUBLIC,
        NAMESPACE,
        /** Not published at all. */
        NONE;

        static Visibility of(String text) {
            return switch (text) {
                case "NAMESPACE" -> NAMESPACE;
                case "NONE" -> NONE;
                default -> PUBLIC;
            };
        }
    }

    /**
     * @param rules all must match; an empty one stands for a matcher that does not exist and never
     *     matches
     */
    public record Policy(Visibility visibility, List<Optional<LabelSelector>> rules) {
        public Policy {
            rules = List.copyOf(rules);
        }

        boolean matches(Map<String, String> namespaceLabels) {
            return rules.stream()
                    .allMatch(rule -> rule.filter(s -> s.matches(namespaceLabels)).isPresent());
        }
    }

    public ServiceEntryVisibility {
        policies = List.copyOf(policies);
    }

    /** Reads the field of that name of the mesh configuration. */
    static ServiceEntryVisibility of(Tree tree) {
        List<Policy> policies = new ArrayList<>();
        for (Tree policy : tree.trees("policies")) {
            policies.add(
                    new Policy(
                            Visibility.of(policy.text("visibility")),
                            policy.trees("matchingRules").stream()
                                    .map(
                                            rule ->
                                                    Optional.of(rule)
                                                            .filter(r -> r.has("namespaceSelector"))
                                                            .map(r -> r.tree("namespaceSelector"))
                                                            .map(LabelSelector::of))
                                    .toList()));
        }
        return new ServiceEntryVisibility(
                true, Visibility.of(tree.text("defaultVisibility")), policies);
    }

    Visibility in(Map<String, String> namespaceLabels) {
        return policies.stream()
                .filter(policy -> policy.matches(namespaceLabels))
                .findFirst()
                .map(Policy::visibility)
                .orElse(otherwise);
    }
}
