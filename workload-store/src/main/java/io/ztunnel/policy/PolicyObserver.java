package io.ztunnel.policy;

import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/**
 * Told of what an evaluation saw and how it ended. Called on the thread that evaluates, which is
 * often an event loop: must not block.
 */
public interface PolicyObserver {
    PolicyObserver NONE =
            new PolicyObserver() {
                @Override
                public void onDryRunMatch(
                        Authorization policy, Workload destination, PolicyInput input) {}

                @Override
                public void onDryRunNoneAllowed(Workload destination, PolicyInput input) {}

                @Override
                public void onUnknownPolicy(String key, Workload destination) {}

                @Override
                public void onVerdict(
                        Verdict verdict, @Nullable Authorization policy, Workload destination) {}
            };

    /**
     * A policy in dry-run mode matched. ALLOW policies are only tried on connections that no
     * enforced DENY policy has refused.
     */
    void onDryRunMatch(Authorization policy, Workload destination, PolicyInput input);

    /**
     * There are ALLOW policies in dry-run mode and no enforced ones, and none of them matched: were
     * they enforced, the connection would be refused.
     */
    void onDryRunNoneAllowed(Workload destination, PolicyInput input);

    /**
     * The workload names a policy that the store does not have; it is left out. Once for each such
     * key in an evaluation, so a log of it has to be limited by key.
     */
    void onUnknownPolicy(String key, Workload destination);

    /**
     * How the evaluation ended; it is told once, and last.
     *
     * @param policy whose match decided; null when none did
     */
    void onVerdict(Verdict verdict, @Nullable Authorization policy, Workload destination);
}
