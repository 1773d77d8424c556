package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.policy.Check;
import io.ztunnel.sandbox.waypoint.policy.Policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AuthorizationPolicies as filters: what denies goes before what allows, and where anything allows,
 * something must. A policy that is only tried is a shadow, which Envoy counts and does not enforce.
 */
final class Rbac {
    private static final Set<Policy.Action> DENYING =
            Set.of(Policy.Action.CUSTOM, Policy.Action.DENY);
    private static final Set<Policy.Action> ALLOWING = Set.of(Policy.Action.ALLOW);

    private Rbac() {}

    /** For requests. */
    static List<Map<String, Object>> http(Collection<Policy> policies) {
        return rules(policies, true).stream()
                .map(
                        rules ->
                                Proto.of(
                                        "name",
                                        "envoy.filters.http.rbac",
                                        "typed_config",
                                        Proto.any(
                                                "envoy.extensions.filters.http.rbac.v3.RBAC",
                                                rules)))
                .toList();
    }

    /** For connections that are not HTTP. */
    static List<Map<String, Object>> network(Collection<Policy> policies) {
        return rules(policies, false).stream()
                .map(
                        rules -> {
                            rules.put("stat_prefix", "waypoint");
                            return Proto.of(
                                    "name",
                                    "envoy.filters.network.rbac",
                                    "typed_config",
                                    Proto.any(
                                            "envoy.extensions.filters.network.rbac.v3.RBAC",
                                            rules));
                        })
                .toList();
    }

    private static List<Map<String, Object>> rules(Collection<Policy> policies, boolean http) {
        List<Map<String, Object>> filters = new ArrayList<>();
        for (boolean dryRun : new boolean[] {true, false}) {
            List<Policy> counted = policies.stream().filter(p -> p.dryRun() == dryRun).toList();
            String field = dryRun ? "shadow_rules" : "rules";
            List<Policy> denying = only(counted, DENYING);
            if (!denying.isEmpty()) {
                filters.add(Proto.of(field, rules("DENY", denying, http, true)));
            }
            List<Policy> allowing = only(counted, ALLOWING);
            if (!allowing.isEmpty()) {
                filters.add(Proto.of(field, rules("ALLOW", allowing, http, false)));
            }
        }
        return filters;
    }

    private static List<Policy> only(List<Policy> policies, Set<Policy.Action> actions) {
        return policies.stream().filter(policy -> actions.contains(policy.action())).toList();
    }

    /**
     * @param unknown what a condition counts for that cannot be told
     */
    private static Map<String, Object> rules(
            String action, List<Policy> policies, boolean http, boolean unknown) {
        Map<String, Object> named = Proto.of();
        for (Policy policy : policies) {
            for (int i = 0; i < policy.rules().size(); i++) {
                named.put(
                        "%s[%d]".formatted(policy.name(), i),
                        rule(policy.rules().get(i), http, unknown));
            }
        }
        return Proto.of("action", action, "policies", named);
    }

    private static Map<String, Object> rule(Check rule, boolean http, boolean unknown) {
        List<Check> parts = rule instanceof Check.All(var checks) ? checks : List.of(rule);
        return Proto.of(
                "permissions",
                List.of(side(RbacConditions.Side.PERMISSION, parts, http, unknown)),
                "principals",
                List.of(side(RbacConditions.Side.PRINCIPAL, parts, http, unknown)));
    }

    private static Map<String, Object> side(
            RbacConditions.Side side, List<Check> parts, boolean http, boolean unknown) {
        return new RbacConditions(side, http)
                .all(parts.stream().filter(side::holds).toList(), unknown);
    }
}
