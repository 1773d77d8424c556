package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Rule;
import io.ztunnel.api.security.Scope;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** AuthorizationPolicies that ztunnel enforces. */
final class AuthorizationPolicyConversion {
    private static final String DRY_RUN = "istio.io/dry-run";
    private static final String UNSUPPORTED = "UnsupportedValue";

    private AuthorizationPolicyConversion() {}

    /**
     * Empty for a policy that is not for ztunnel; a condition says why unless it is for a waypoint.
     */
    static Optional<Authorization> convert(
            KubeObject policy,
            MeshSettings settings,
            Consumer<Condition> conditions,
            Consumer<Problem> problems) {
        boolean dryRun = GoBool.parse(policy.annotation(DRY_RUN)).orElse(false);
        if (dryRun && !settings.features().dryRunPolicies()) {
            conditions.accept(
                    condition(policy, false, UNSUPPORTED, "dry-run policies are not enabled"));
            return Optional.empty();
        }
        if (policy.spec().has("targetRef") || !policy.spec().list("targetRefs").isEmpty()) {
            return Optional.empty();
        }
        Optional<Action> action = action(policy);
        if (action.isEmpty()) {
            conditions.accept(
                    condition(
                            policy,
                            false,
                            UNSUPPORTED,
                            "ztunnel does not support action " + policy.spec().text("action")));
            return Optional.empty();
        }
        warn(policy, problems);
        conditions.accept(accepted(policy, action.get()));
        return Optional.of(
                Authorization.newBuilder()
                        .setName(policy.name())
                        .setNamespace(policy.namespace())
                        .setScope(scope(policy, settings))
                        .setAction(action.get())
                        .setDryRun(dryRun)
                        .addAllRules(rules(policy, action.get()))
                        .build());
    }

    private static Optional<Action> action(KubeObject policy) {
        return switch (policy.spec().text("action")) {
            case "", "ALLOW" -> Optional.of(Action.ALLOW);
            case "DENY" -> Optional.of(Action.DENY);
            default -> Optional.empty();
        };
    }

    private static Scope scope(KubeObject policy, MeshSettings settings) {
        if (policy.spec().has("selector")) {
            return Scope.WORKLOAD_SELECTOR;
        }
        return policy.namespace().equals(settings.rootNamespace()) ? Scope.GLOBAL : Scope.NAMESPACE;
    }

    private static List<Rule> rules(KubeObject policy, Action action) {
        return conversions(policy).stream().flatMap(rule -> rule.convert(action).stream()).toList();
    }

    private static List<RuleConversion> conversions(KubeObject policy) {
        return policy.spec().trees("rules").stream()
                .map(rule -> new RuleConversion(policy.namespace(), rule))
                .toList();
    }

    private static Condition accepted(KubeObject policy, Action action) {
        List<RuleConversion> l7 =
                conversions(policy).stream().filter(RuleConversion::hasL7).toList();
        if (l7.isEmpty()) {
            return condition(policy, true, "Accepted", "enforced by ztunnel");
        }
        if (action == Action.ALLOW) {
            return condition(
                    policy,
                    true,
                    UNSUPPORTED,
                    "ztunnel does not see HTTP: "
                            + l7.size()
                            + " ALLOW rule(s) with HTTP attributes are left out, which allows"
                            + " less");
        }
        boolean effect =
                conversions(policy).stream()
                        .flatMap(rule -> rule.convert(action).stream())
                        .anyMatch(AuthorizationPolicyConversion::canMatch);
        return condition(
                policy,
                true,
                UNSUPPORTED,
                effect
                        ? "ztunnel does not see HTTP: DENY rules are enforced without their HTTP"
                                + " attributes, which denies more"
                        : "ztunnel does not see HTTP: this DENY policy has no effect");
    }

    /** A clause of nothing but empty matches never matches, and its rule with it. */
    private static boolean canMatch(Rule rule) {
        return rule.getClausesList().stream()
                .allMatch(
                        clause ->
                                clause.getMatchesList().stream()
                                        .anyMatch(match -> match.getSerializedSize() > 0));
    }

    private static void warn(KubeObject policy, Consumer<Problem> problems) {
        Tree selector = policy.spec().tree("selector");
        if (policy.spec().has("selector") && selector.stringMap("matchLabels").isEmpty()) {
            problems.accept(
                    Problem.warning(
                            policy.origin(),
                            "spec.selector",
                            "without labels it selects no workload: nobody enforces "
                                    + policy.key()
                                    + "; leave spec.selector out to cover the namespace"));
        }
    }

    private static Condition condition(
            KubeObject policy, boolean status, String reason, String message) {
        return new Condition(policy.key(), Condition.ZTUNNEL_ACCEPTED, status, reason, message);
    }
}
