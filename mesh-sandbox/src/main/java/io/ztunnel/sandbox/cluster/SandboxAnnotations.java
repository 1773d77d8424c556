package io.ztunnel.sandbox.cluster;

/** Annotations by which a manifest fixes what a cluster would choose by itself. */
public final class SandboxAnnotations {
    public static final String PREFIX = "sandbox.ztunnel.io/";

    /**
     * On a Pod, a pod template or a waypoint Gateway: comma-separated addresses. The n-th replica
     * takes the n-th address of each family; an address of a family that the cluster does not have
     * is passed over.
     */
    public static final String POD_IP = PREFIX + "pod-ip";

    /** On a Pod, a pod template or a waypoint Gateway: the node to run on. */
    public static final String NODE = PREFIX + "node";

    /** On a Service or a waypoint Gateway: all its cluster IPs, comma-separated. */
    public static final String CLUSTER_IP = PREFIX + "cluster-ip";

    /** On a Pod or a pod template: {@code false} keeps the pod from ever becoming ready. */
    public static final String READY = PREFIX + "ready";

    private SandboxAnnotations() {}
}
