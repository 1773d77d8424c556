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
 * @param serviceEntryVisibility who sees the hosts of a ServiceEntry
 * @param features what is switched on
 */
public record MeshSettings(
        String clusterId,
        String clusterDomain,
        String trustDomain,
        String rootNamespace,
        String systemNamespace,
        String revision,
        List<LabelSelector> discoverySelectors,
        ServiceEntryVisibility serviceEntryVisibility,
        Features features) {

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
                    ServiceEntryVisibility.UNSET,
                    Features.DEFAULT);

    public MeshSettings {
        discoverySelectors = List.copyOf(discoverySelectors);
    }

    /** What {@link MeshConfig} may say. */
    MeshSettings with(
            String root, List<LabelSelector> selectors, ServiceEntryVisibility visibility) {
        return new MeshSettings(
                clusterId,
                clusterDomain,
                trustDomain,
                root,
                systemNamespace,
                revision,
                selectors,
                visibility,
                features);
    }

    public MeshSettings withDiscoverySelectors(List<LabelSelector> selectors) {
        return with(rootNamespace, selectors, serviceEntryVisibility);
    }

    public MeshSettings withFeatures(Features chosen) {
        return new MeshSettings(
                clusterId,
                clusterDomain,
                trustDomain,
                rootNamespace,
                systemNamespace,
                revision,
                discoverySelectors,
                serviceEntryVisibility,
                chosen);
    }

    String hostname(String name, String namespace) {
        return name + "." + namespace + ".svc." + clusterDomain;
    }

    /** As resources carry it. */
    String elidedTrustDomain() {
        return trustDomain.equals("cluster.local") ? "" : trustDomain;
    }
}
