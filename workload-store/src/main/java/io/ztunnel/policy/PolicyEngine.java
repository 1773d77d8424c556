package io.ztunnel.policy;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Decides whether a connection may reach a workload, by the policies of the workload's namespace,
 * those of the whole mesh, and those that the workload names itself.
 *
 * <p>A matching DENY decides; otherwise no ALLOW policy at all or one that matches lets the
 * connection through. Policies in dry-run mode are reported and never decide. A policy that is
 * named but not known is reported and left out, as the reference ztunnel does: istiod may send the
 * workload first.
 */
public final class PolicyEngine {
    private final PolicyObserver observer;

    public PolicyEngine(PolicyObserver observer) {
        this.observer = observer;
    }

    /** Reports to nobody; for explaining decisions without leaving traces in logs. */
    public PolicyEngine() {
        this(PolicyObserver.NONE);
    }

    /**
     * @param destination the workload that is reached, as known when the connection was opened
     */
    public Verdict evaluate(MeshView view, Workload destination, PolicyInput input, Trace trace) {
        List<PolicySet> broad = view.policySetsFor(destination.namespace());
        List<String> named = destination.authorizationPolicies();
        if (broad.isEmpty() && named.isEmpty()) {
            trace.step("policy", () -> "no policy applies: allowed");
            observer.onVerdict(Verdict.Allowed.INSTANCE, null, destination);
            return Verdict.Allowed.INSTANCE;
        }
        Evaluation evaluation = new Evaluation(view, destination, input, trace);
        // All DENY policies come first, wherever they are listed.
        evaluation.run(broad, named, Action.DENY);
        if (evaluation.denying == null) {
            evaluation.run(broad, named, Action.ALLOW);
        }
        Verdict verdict = evaluation.verdict();
        observer.onVerdict(verdict, evaluation.deciding(), destination);
        trace.step("policy", () -> "decision: " + verdict.text());
        return verdict;
    }

    private final class Evaluation {
        private final MeshView view;
        private final Workload destination;
        private final Attributes connection;
        private final Trace trace;

        @Nullable Authorization denying;
        private @Nullable Authorization allowing;
        private boolean allowExists;
        private boolean dryRunAllowExists;
        private boolean dryRunAllowed;

        Evaluation(MeshView view, Workload destination, PolicyInput input, Trace trace) {
            this.view = view;
            this.destination = destination;
            this.connection = new Attributes(input);
            this.trace = trace;
        }

        void run(List<PolicySet> broad, List<String> named, Action action) {
            for (PolicySet set : broad) {
                noteAllow(set);
                // Who reads the reasons wants to hear of every policy.
                for (Authorization policy :
                        trace.equals(Trace.NONE)
                                ? set.candidates(action, connection)
                                : set.of(action)) {
                    consider(policy);
                }
            }
            for (String key : named) {
                // A workload may name a policy that applies to it anyway.
                if (!isIn(broad, key)) {
                    consider(key, action);
                }
            }
        }

        private static boolean isIn(List<PolicySet> broad, String key) {
            for (PolicySet set : broad) {
                if (set.contains(key)) {
                    return true;
                }
            }
            return false;
        }

        private void noteAllow(PolicySet set) {
            allowExists |= set.hasAllow();
            dryRunAllowExists |= set.hasDryRunAllow();
        }

        private void consider(String key, Action action) {
            Authorization policy = view.policy(key);
            if (policy == null) {
                // Both passes come by here; it is told in the first.
                if (action == Action.DENY) {
                    trace.step("policy", () -> key + " is not known: left out");
                    observer.onUnknownPolicy(key, destination);
                }
                return;
            }
            if (policy.action() == action) {
                consider(policy);
            }
        }

        private void consider(Authorization policy) {
            if (policy.dryRun()) {
                considerDryRun(policy);
                return;
            }
            switch (policy.action()) {
                case DENY -> {
                    if (denying == null && matches(policy)) {
                        denying = policy;
                    }
                }
                case ALLOW -> {
                    allowExists = true;
                    if (allowing == null && matches(policy)) {
                        allowing = policy;
                    }
                }
            }
        }

        private void considerDryRun(Authorization policy) {
            boolean matched = matches(policy);
            if (policy.action() == Action.ALLOW) {
                dryRunAllowExists = true;
                dryRunAllowed |= matched;
            }
            if (matched) {
                observer.onDryRunMatch(policy, destination, connection.input());
            }
        }

        private boolean matches(Authorization policy) {
            boolean matched = PolicyMatcher.matches(policy, connection);
            trace.step(
                    "policy",
                    () ->
                            policy.action()
                                    + " "
                                    + policy.key()
                                    + (policy.dryRun() ? " (dry run)" : "")
                                    + (matched ? " matches" : " does not match"));
            return matched;
        }

        @Nullable Authorization deciding() {
            return denying != null ? denying : allowing;
        }

        Verdict verdict() {
            if (denying != null) {
                return new Verdict.DeniedBy(denying.key());
            }
            if (!allowExists) {
                if (dryRunAllowExists && !dryRunAllowed) {
                    observer.onDryRunNoneAllowed(destination, connection.input());
                }
                return Verdict.Allowed.INSTANCE;
            }
            return allowing != null ? Verdict.Allowed.INSTANCE : Verdict.NoneAllowed.INSTANCE;
        }
    }
}
