package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.waypoint.policy.Policy.Action;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds the policies that are this waypoint's by their targetRefs. A policy without is ztunnel's,
 * whatever it selects.
 */
final class PolicyAttachment {
    private static final String DRY_RUN = "istio.io/dry-run";
    private static final String GATEWAY = "gateway.networking.k8s.io/Gateway";
    private static final String GATEWAY_CLASS = "gateway.networking.k8s.io/GatewayClass";
    private static final String WAYPOINT_CLASS = "istio-waypoint";

    /** As Go reads a boolean. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

    private final GatewayScope scope;
    private final Consumer<Problem> problems;
    private final List<Policy> ofAll = new ArrayList<>();
    private final Map<String, List<Policy>> byService = new HashMap<>();

    PolicyAttachment(GatewayScope scope, Consumer<Problem> problems) {
        this.scope = scope;
        this.problems = problems;
    }

    PolicyTable table() {
        for (KubeObject policy : scope.all(Kind.AUTHORIZATION_POLICY)) {
            List<Tree> targets = targets(policy);
            if (targets.isEmpty()) {
                continue;
            }
            Policy converted = convert(policy);
            // Each policy once, however many of its targets are met.
            if (targets.stream().anyMatch(target -> isForAll(policy, target))) {
                ofAll.add(converted);
            } else {
                targets.stream()
                        .filter(target -> kind(target).equals("/Service"))
                        .map(target -> policy.namespace() + "/" + target.text("name"))
                        .distinct()
                        .forEach(
                                service ->
                                        byService
                                                .computeIfAbsent(service, _ -> new ArrayList<>())
                                                .add(converted));
            }
        }
        return new PolicyTable(ofAll, byService);
    }

    private static List<Tree> targets(KubeObject policy) {
        List<Tree> targets = policy.spec().trees("targetRefs");
        return targets.isEmpty() && policy.spec().has("targetRef")
                ? List.of(policy.spec().tree("targetRef"))
                : targets;
    }

    private static String kind(Tree target) {
        String group = target.text("group");
        return (group.equals("core") ? "" : group) + "/" + target.text("kind");
    }

    private boolean isForAll(KubeObject policy, Tree target) {
        return switch (kind(target)) {
            case GATEWAY ->
                    policy.namespace().equals(scope.namespace())
                            && target.string("namespace")
                                    .filter(ns -> !ns.isEmpty() && !ns.equals(scope.namespace()))
                                    .isEmpty()
                            && target.text("name").equals(scope.name());
            case GATEWAY_CLASS ->
                    policy.namespace().equals(scope.settings().rootNamespace())
                            && target.text("name").equals(WAYPOINT_CLASS);
            default -> false;
        };
    }

    private Policy convert(KubeObject policy) {
        String name = policy.namespace() + "/" + policy.name();
        boolean dryRun = TRUE.contains(policy.annotation(DRY_RUN));
        Action action = action(policy);
        try {
            Rules rules = new Rules(policy.namespace());
            return new Policy(
                    name,
                    action,
                    policy.spec().trees("rules").stream().map(rules::rule).toList(),
                    dryRun);
        } catch (RuntimeException e) {
            // At its strictest: an unreadable policy lets nobody through.
            problems.accept(
                    Problem.error(
                            policy.origin(), "spec.rules", policy.key() + " denies all: " + e));
            return new Policy(name, Action.DENY, List.of(new Check.All(List.of())), dryRun);
        }
    }

    private Action action(KubeObject policy) {
        String text = policy.spec().text("action");
        return switch (text) {
            case "DENY" -> Action.DENY;
            case "AUDIT" -> Action.AUDIT;
            case "CUSTOM" -> {
                problems.accept(
                        Problem.warning(
                                policy.origin(),
                                "spec.action",
                                "there is no provider for CUSTOM: what matches is denied"));
                yield Action.CUSTOM;
            }
            default -> Action.ALLOW;
        };
    }
}
