package io.ztunnel.sandbox.istiod;

/** Which workloads run where: what the certificate service must know of the cluster. Any thread. */
@FunctionalInterface
interface Impersonation {
    /** Whether a pod that has not failed runs on the node under that service account. */
    boolean runsOn(String node, String namespace, String serviceAccount);
}
