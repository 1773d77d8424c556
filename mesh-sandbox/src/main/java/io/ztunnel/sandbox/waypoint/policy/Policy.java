package io.ztunnel.sandbox.waypoint.policy;

import java.util.List;

/**
 * One AuthorizationPolicy.
 *
 * @param name {@code namespace/name}
 * @param rules any of them
 * @param dryRun only looked at, for the log
 */
public record Policy(String name, Action action, List<Check> rules, boolean dryRun) {
    public Policy {
        rules = List.copyOf(rules);
    }

    /** In the order in which they are asked. */
    public enum Action {
        /** There is no provider to ask here, so that it denies, as istiod makes it. */
        CUSTOM,
        DENY,
        ALLOW,
        /** Decides nothing. */
        AUDIT
    }

    boolean matches(Attempted attempted) {
        Outcome outcome = Outcome.any(rules.stream().map(rule -> rule.test(attempted)));
        return switch (outcome) {
            case YES -> true;
            case NO -> false;
            case UNKNOWN -> action != Action.ALLOW;
        };
    }
}
