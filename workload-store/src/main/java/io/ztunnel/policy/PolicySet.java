package io.ztunnel.policy;

import io.ztunnel.policy.Authorization.Action;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The policies that apply to the workloads of a namespace, or to all, without being named. It knows
 * which of them can match a connection at all, so that what a connection costs follows from these
 * and not from how many there are. Immutable.
 */
public final class PolicySet {
    public static final PolicySet EMPTY = new PolicySet(Map.of());

    private final Map<String, Authorization> byKey;

    /** Sorted and indexed when it is first asked: a batch changes a set many times. */
    private volatile @Nullable Ordered ordered;

    private record Ordered(
            List<String> keys,
            EnumMap<Action, List<Authorization>> policies,
            EnumMap<Action, PolicyFilter> filters,
            boolean hasAllow,
            boolean hasDryRunAllow) {
        static Ordered of(Map<String, Authorization> byKey) {
            // Sorted, so that the policy which a log names does not depend on the order of arrival.
            TreeMap<String, Authorization> sorted = new TreeMap<>(byKey);
            EnumMap<Action, List<Authorization>> policies = new EnumMap<>(Action.class);
            EnumMap<Action, PolicyFilter> filters = new EnumMap<>(Action.class);
            for (Action action : Action.values()) {
                List<Authorization> some =
                        sorted.values().stream().filter(p -> p.action() == action).toList();
                policies.put(action, some);
                filters.put(action, new PolicyFilter(some));
            }
            return new Ordered(
                    List.copyOf(sorted.keySet()),
                    policies,
                    filters,
                    hasAllow(sorted, false),
                    hasAllow(sorted, true));
        }

        private static boolean hasAllow(Map<String, Authorization> policies, boolean dryRun) {
            return policies.values().stream()
                    .anyMatch(p -> p.action() == Action.ALLOW && p.dryRun() == dryRun);
        }
    }

    /**
     * @param byKey by xDS key; not changed any more
     */
    public PolicySet(Map<String, Authorization> byKey) {
        this.byKey = byKey;
    }

    public boolean isEmpty() {
        return byKey.isEmpty();
    }

    public boolean contains(String key) {
        return byKey.containsKey(key);
    }

    /** Sorted. */
    public List<String> keys() {
        return ordered().keys;
    }

    /** Sorted by key. */
    List<Authorization> of(Action action) {
        return ordered().policies.getOrDefault(action, List.of());
    }

    /** Whether any ALLOW policy is enforced here. */
    boolean hasAllow() {
        return ordered().hasAllow;
    }

    boolean hasDryRunAllow() {
        return ordered().hasDryRunAllow;
    }

    /** Those of {@link #of} that may match, in the same order; the others do not match. */
    List<Authorization> candidates(Action action, Attributes connection) {
        PolicyFilter filter = ordered().filters.get(action);
        return filter == null ? List.of() : filter.candidates(connection);
    }

    private Ordered ordered() {
        Ordered known = ordered;
        if (known == null) {
            known = Ordered.of(byKey);
            ordered = known;
        }
        return known;
    }
}
