package io.ztunnel.store;

import io.ztunnel.policy.Authorization;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Every policy by its xDS key, and the keys that apply without a workload naming them. Immutable.
 *
 * @param byNamespace keys of NAMESPACE policies, sorted
 * @param global keys of GLOBAL policies, sorted
 */
record PolicyIndex(
        PersistentMap<String, Authorization> byKey,
        PersistentMap<String, List<String>> byNamespace,
        List<String> global) {

    static final PolicyIndex EMPTY =
            new PolicyIndex(PersistentMap.empty(), PersistentMap.empty(), List.of());

    PolicyIndex with(String key, Authorization policy) {
        PolicyIndex base = without(key);
        PersistentMap<String, Authorization> policies = base.byKey.with(key, policy);
        String namespace = policy.namespace();
        return switch (policy.scope()) {
            case GLOBAL ->
                    new PolicyIndex(policies, base.byNamespace, sortedWith(base.global, key));
            case NAMESPACE ->
                    new PolicyIndex(
                            policies,
                            base.byNamespace.with(
                                    namespace,
                                    sortedWith(Lists.of(base.byNamespace.get(namespace)), key)),
                            base.global);
            case WORKLOAD_SELECTOR -> new PolicyIndex(policies, base.byNamespace, base.global);
        };
    }

    PolicyIndex without(String key) {
        Authorization policy = byKey.get(key);
        if (policy == null) {
            return this;
        }
        PersistentMap<String, Authorization> policies = byKey.without(key);
        return switch (policy.scope()) {
            case GLOBAL ->
                    new PolicyIndex(policies, byNamespace, Lists.without(global, key::equals));
            case NAMESPACE -> {
                List<String> rest =
                        Lists.without(Lists.of(byNamespace.get(policy.namespace())), key::equals);
                yield new PolicyIndex(
                        policies,
                        rest.isEmpty()
                                ? byNamespace.without(policy.namespace())
                                : byNamespace.with(policy.namespace(), rest),
                        global);
            }
            case WORKLOAD_SELECTOR -> new PolicyIndex(policies, byNamespace, global);
        };
    }

    @Nullable Authorization policy(String key) {
        return byKey.get(key);
    }

    List<String> keysFor(String namespace) {
        List<String> own = Lists.of(byNamespace.get(namespace));
        if (own.isEmpty()) {
            return global;
        }
        if (global.isEmpty()) {
            return own;
        }
        List<String> both = new ArrayList<>(own.size() + global.size());
        both.addAll(own);
        both.addAll(global);
        return Collections.unmodifiableList(both);
    }

    /** Sorted, so that the policy which a log names does not depend on the order of arrival. */
    private static List<String> sortedWith(List<String> keys, String key) {
        int at = Collections.binarySearch(keys, key);
        return at >= 0 ? keys : Lists.inserted(keys, -at - 1, key);
    }
}
