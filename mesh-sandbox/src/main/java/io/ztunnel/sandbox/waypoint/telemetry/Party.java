package io.ztunnel.sandbox.waypoint.telemetry;

import io.ztunnel.api.workload.Workload;

import org.jspecify.annotations.Nullable;

/**
 * One side of a request, in the values of its labels.
 *
 * @param principal with {@code spiffe://}
 * @param cluster id of the cluster it runs in
 */
public record Party(
        String workload,
        String canonicalService,
        String canonicalRevision,
        String namespace,
        String principal,
        String cluster) {
    private static final String UNKNOWN = "unknown";

    /** Somebody who was not found out. */
    public static final Party NOBODY =
            new Party(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);

    /**
     * @param workload null when nothing is known of the address
     * @param principal "" to take the one that the workload should have
     */
    public static Party of(@Nullable Workload workload, String principal) {
        if (workload == null) {
            return principal.isEmpty()
                    ? NOBODY
                    : new Party(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, principal, UNKNOWN);
        }
        return new Party(
                known(workload.getWorkloadName()),
                known(workload.getCanonicalName()),
                known(workload.getCanonicalRevision()),
                known(workload.getNamespace()),
                principal.isEmpty() ? principal(workload) : principal,
                known(workload.getClusterId()));
    }

    private static String principal(Workload workload) {
        String domain =
                workload.getTrustDomain().isEmpty() ? "cluster.local" : workload.getTrustDomain();
        String account =
                workload.getServiceAccount().isEmpty() ? "default" : workload.getServiceAccount();
        return "spiffe://%s/ns/%s/sa/%s".formatted(domain, workload.getNamespace(), account);
    }

    private static String known(String text) {
        return text.isEmpty() ? UNKNOWN : text;
    }
}
