package io.ztunnel.store;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicySet;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Every policy by its xDS key, and those that apply without a workload naming them. Immutable.
 *
 * @param byNamespace NAMESPACE policies
 * @param global GLOBAL policies
 */
record PolicyIndex(
        PersistentMap<String, Authorization> byKey,
        PersistentMap<String, Group> byNamespace,
        Group global) {

    static final PolicyIndex EMPTY =
            new PolicyIndex(PersistentMap.empty(), PersistentMap.empty(), Group.EMPTY);

    /** The same policies in a form that changes cheaply and in one that is cheap to ask. */
    record Group(PersistentMap<String, Authorization> policies, PolicySet set) {
        static final Group EMPTY = new Group(PersistentMap.empty(), PolicySet.EMPTY);

        static Group of(PersistentMap<String, Authorization> policies) {
            return policies.isEmpty() ? EMPTY : new Group(policies, new PolicySet(policies));
        }

        Group with(String key, Authorization policy) {
            return of(policies.with(key, policy));
        }

        Group without(String key) {
            return of(policies.without(key));
        }
    }

    PolicyIndex with(String key, Authorization policy) {
        PolicyIndex base = without(key);
        PersistentMap<String, Authorization> policies = base.byKey.with(key, policy);
        String namespace = policy.namespace();
        return switch (policy.scope()) {
            case GLOBAL ->
                    new PolicyIndex(policies, base.byNamespace, base.global.with(key, policy));
            case NAMESPACE ->
                    new PolicyIndex(
                            policies,
                            base.byNamespace.with(
                                    namespace, base.group(namespace).with(key, policy)),
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
        String namespace = policy.namespace();
        return switch (policy.scope()) {
            case GLOBAL -> new PolicyIndex(policies, byNamespace, global.without(key));
            case NAMESPACE -> {
                Group rest = group(namespace).without(key);
                yield new PolicyIndex(
                        policies,
                        rest.policies().isEmpty()
                                ? byNamespace.without(namespace)
                                : byNamespace.with(namespace, rest),
                        global);
            }
            case WORKLOAD_SELECTOR -> new PolicyIndex(policies, byNamespace, global);
        };
    }

    @Nullable Authorization policy(String key) {
        return byKey.get(key);
    }

    List<PolicySet> setsFor(String namespace) {
        Group own = byNamespace.get(namespace);
        if (own == null) {
            return global.policies().isEmpty() ? List.of() : List.of(global.set());
        }
        return global.policies().isEmpty() ? List.of(own.set()) : List.of(own.set(), global.set());
    }

    private Group group(String namespace) {
        Group group = byNamespace.get(namespace);
        return group == null ? Group.EMPTY : group;
    }
}
