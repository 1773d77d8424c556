package io.ztunnel.sandbox.waypoint.policy;

import java.util.List;

/** One thing that a rule asks for. */
@FunctionalInterface
interface Check {
    Outcome test(Attempted attempted);

    static Check all(List<Check> checks) {
        List<Check> fixed = List.copyOf(checks);
        return attempted -> Outcome.all(fixed.stream().map(check -> check.test(attempted)));
    }

    static Check any(List<Check> checks) {
        List<Check> fixed = List.copyOf(checks);
        return attempted -> Outcome.any(fixed.stream().map(check -> check.test(attempted)));
    }

    default Check not() {
        return attempted -> test(attempted).not();
    }
}
