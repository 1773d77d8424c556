package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.LabelSelector;

import java.util.List;

/**
 * The part of istiod's configuration that changes what it tells ztunnel.
 *
 * @param clusterId first part of workload uids
 * @param clusterDomain suffix of service names
 * @param trustDomain of SPIFFE identities; left out of resources when it is {@code cluster.local}
 * @param rootNamespace whose policies hold for the whole mesh
 * @param systemNamespace whose label names the local network
 * @param revision of this control plane; "" takes objects of every revision
 * @param discoverySelectors a namespace is seen when any of these matches its labels; an empty list
 *     sees all
 * @param dryRunPolicies whether policies annotated {@code istio.io/dry-run} are sent, marked as
 *     such
 */
public record MeshSettings(
        String clusterId,
        String clusterDomain,
        String trustDomain,
        String rootNamespace,
        String systemNamespace,
        String revision,
        List<LabelSelector> discoverySelectors,
        boolean dryRunPolicies) {

    /** What a fresh installation has. */
    public static final MeshSettings DEFAULT =
            new MeshSettings(
                    "Kubernetes",
                    "cluster.local",
                    "cluster.local",
                    "istio-system",
                    "istio-system",
                    "",
                    List.of(),
                    false);

    public MeshSettings {
        discoverySelectors = List.copyOf(discoverySelectors);
    }

    public MeshSettings withDiscoverySelectors(List<LabelSelector> selectors) {
        return new MeshSettings(
                clusterId,
                clusterDomain,
                trustDomain,
                rootNamespace,
                systemNamespace,
                revision,
                selectors,
                dryRunPolicies);
    }

    String hostname(String name, String namespace) {
        return name + "." + namespace + ".svc." + clusterDomain;
    }

    /** As resources carry it. */
    String elidedTrustDomain() {
        return trustDomain.equals("cluster.local") ? "" : trustDomain;
    }
}
