package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.ObjectKey;

import java.util.Map;

/**
 * What is known of running pods. A pod's own manifest status, where it has one, goes first for
 * phase and readiness.
 */
@FunctionalInterface
public interface RuntimeStatus {
    /**
     * @param pod key of a Pod that has a node and addresses
     * @param shouldBeCaptured what {@link CaptureRule} says of it
     */
    PodStatus of(ObjectKey pod, boolean shouldBeCaptured);

    /**
     * As if every pod ran, was ready, and was captured where it should be. For reading manifests
     * without running them.
     */
    static RuntimeStatus allRunning() {
        return (pod, shouldBeCaptured) ->
                new PodStatus(PodStatus.Phase.RUNNING, true, shouldBeCaptured);
    }

    /** As observed; pods that are not in the map have not been started. */
    static RuntimeStatus observed(Map<ObjectKey, PodStatus> pods) {
        Map<ObjectKey, PodStatus> copy = Map.copyOf(pods);
        return (pod, shouldBeCaptured) -> copy.getOrDefault(pod, PodStatus.PENDING);
    }
}
