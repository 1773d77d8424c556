package io.ztunnel.sandbox.ambient;

import java.util.Map;

/**
 * The switches of istiod that change what ztunnel hears, with the names and defaults of its
 * environment.
 *
 * @param selectWorkloadEntries Services select WorkloadEntries, too
 * @param selectPods ServiceEntries select Pods, too
 * @param autoAllocate ServiceEntries without address use the ones in their status
 * @param allowFromWaypoint every waypoint gets a policy that admits it to what is bound to it
 * @param dryRunPolicies policies annotated {@code istio.io/dry-run} are sent, marked as such
 */
public record Features(
        boolean selectWorkloadEntries,
        boolean selectPods,
        boolean autoAllocate,
        boolean allowFromWaypoint,
        boolean dryRunPolicies) {
    public static final Features DEFAULT = of(Map.of());

    /** What is no boolean counts as unset, as in istiod. */
    public static Features of(Map<String, String> environment) {
        return new Features(
                flag(environment, "PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", true),
                flag(environment, "PILOT_ENABLE_SERVICEENTRY_SELECT_PODS", true),
                flag(environment, "PILOT_ENABLE_IP_AUTOALLOCATE", true),
                flag(environment, "PILOT_AUTO_ALLOW_WAYPOINT_POLICY", false),
                flag(environment, "AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY", false));
    }

    private static boolean flag(Map<String, String> environment, String name, boolean otherwise) {
        return GoBool.parse(environment.getOrDefault(name, "")).orElse(otherwise);
    }
}
